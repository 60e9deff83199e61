import { setTimeout as pause } from 'node:timers/promises'
import { type Message as QueueMessage, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { lookUpSession, type Message, type Session, sendMessage } from '../stack/publisher.ts'
import type { Service } from '../stack/service.ts'
import type { Stack } from '../stack/stack.ts'

/** The parts that the steps of the story share. */
export interface World {
  readonly stack: Stack
  /** Two instances of the service, as behind a load balancer. */
  readonly first: Service
  readonly second: Service
  readonly sqs: SQSClient
  readonly tokens: { readonly alice: string; readonly bob: string; readonly publisher: string }
}

/** A step of the story. */
export interface Step {
  readonly title: string
  /** Performs the step, checks the outcome, and returns the line that describes it. */
  run(world: World): Promise<string>
}

/** Looks up the session of a client, as a publisher does. */
export function lookUp({ first, tokens }: World, clientId: string, at: Service = first): Promise<Session> {
  return lookUpSession(at.url, clientId, tokens.publisher)
}

/** Looks up until the session is as expected: a poll that was just sent needs a moment to be held. */
export async function whereIs(
  world: World,
  clientId: string,
  isThere: (session: Session) => boolean = ({ online }) => online,
): Promise<Session & { readonly queueUrl: string }> {
  const deadline = performance.now() + 5_000
  for (;;) {
    const session = await lookUp(world, clientId, world.second)
    const { queueUrl } = session
    if (queueUrl !== null && isThere(session)) return { ...session, queueUrl }
    expect(
      performance.now() < deadline,
      `the session of ${clientId} is not as it should be: ${JSON.stringify(session)}`,
    )
    await pause(20)
  }
}

/** Sends a notification about an order to the queue. Returns when SQS has accepted it. */
export async function sendOrder(
  { sqs }: World,
  queueUrl: string,
  addressee: string,
  order: number,
): Promise<{ readonly message: Message; readonly at: number }> {
  const message = {
    addressee,
    subject: 'order.shipped',
    body: JSON.stringify({ order }),
    contentType: 'application/json',
  }
  const deadline = performance.now() + 5_000
  for (;;) {
    const at = performance.now()
    try {
      await sendMessage(sqs, queueUrl, message)
      return { message, at }
    } catch (error) {
      // In mode 2 the first poll of a client makes its queue.
      const isMissing = error instanceof Error && error.name === 'QueueDoesNotExist'
      if (!isMissing || performance.now() > deadline) throw error
      await pause(50)
    }
  }
}

/** Returns the id of an instance, from its health. */
export async function instanceId(service: Service): Promise<string> {
  return (await health(service)).instanceId
}

/** Waits until the instance holds a poll. */
export async function untilHeld(service: Service): Promise<void> {
  const deadline = performance.now() + 5_000
  while ((await health(service)).heldPolls === 0) {
    expect(performance.now() < deadline, `${service.url} holds no poll after 5 s`)
    await pause(20)
  }
}

async function health({ url }: Service): Promise<{ readonly instanceId: string; readonly heldPolls: number }> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })
  expect(answer.status === 200, `${url}/health answered ${answer.status}`)
  return (await answer.json()) as { instanceId: string; heldPolls: number }
}

/** Returns the next message of the queue, waiting up to 15 s; undefined if none comes. */
export async function receiveOne(sqs: SQSClient, queueUrl: string): Promise<QueueMessage | undefined> {
  const deadline = performance.now() + 15_000
  const receive = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    WaitTimeSeconds: 20,
    MessageAttributeNames: ['All'],
  })
  while (performance.now() < deadline) {
    const { Messages: [message] = [] } = await sqs.send(receive, { abortSignal: AbortSignal.timeout(25_000) })
    if (message) return message
  }
  return undefined
}

/** A response differs from the story. The message says how. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected'
}

/** Ends the demo with this message unless the condition holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unexpected(message)
}
