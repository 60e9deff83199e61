import { setTimeout as pause } from 'node:timers/promises'
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { parseCommandLine } from '../../src/command-line.ts'
import { carryOut } from '../../src/dead-letters/command.ts'
import { commandLine, readOptions } from '../../src/dead-letters/options.ts'
import { type Message, publish } from '../stack/publisher.ts'
import { receiptQueueName } from '../stack/receipt-queue.ts'
import { collect, hold, poll } from './poll.ts'
import { expect, instanceId, receiveOne, type Step, type World, whereIs } from './world.ts'

/** The time after which the code of the story is worth nothing. */
const codeLastsMs = 500

/** A sender learns what became of its notification, and nothing is handed over too late. */
export const receiptSteps: readonly Step[] = [
  {
    title: 'A shop publishes for Alice, waits for her acknowledgement, and asks for an event in its own queue',
    async run(world) {
      const { first, second, tokens } = world
      const id = await instanceId(second)
      const held = hold(second.url, tokens.alice, 20)
      await whereIs(world, 'alice', (session) => session.instanceId === id)
      const order = { addressee: 'alice', subject: 'order.shipped', body: '{"order":47}' }
      const asked = { token: shopToken(world), waitSeconds: 20 }
      const { id: notificationId, status } = await publish(first.url, { ...order, receiptTo: receiptQueueName }, asked)
      expect(status === 'acknowledged', `the publication was answered with ${status}`)
      expect((await held).notifications[0]?.id === notificationId, 'her poll was answered without the notification')
      const { type, by } = await receiptOf(world, notificationId)
      expect(type === 'notification.acknowledged', `the event is ${type}`)
      return `200 ${status}, and the event ${type} in the queue "${receiptQueueName}", by ${by}`
    },
  },
  {
    title: 'A code for Frank expires after half a second, and he polls later',
    async run(world) {
      const asked = { token: shopToken(world), waitSeconds: 0 }
      const code = { addressee: 'frank', subject: 'code', body: '4711', expiresAt: timeIn(codeLastsMs) }
      const { status } = await publish(world.first.url, code, asked)
      await pause(codeLastsMs + 1)
      const letter: Message = { addressee: 'frank', subject: 'letter', body: 'Ask for a new code.' }
      await publish(world.first.url, letter, asked)
      const received = await collect(world.second.url, world.stack.token('frank'), 1)
      const bodies = received.map(({ body }) => body)
      expect(bodies.join() === letter.body, `he got ${bodies.join()}`)
      return `202 ${status}; he gets what was sent later, and not the code`
    },
  },
]

/** Played when the dead-letter queue is looked at: until then other letters would be found there. */
export const deadLetterStep: Step = {
  title: 'A message for Alice that is no notification asks for a receipt, and the reader of dead letters sends it',
  async run(world) {
    const { sqs } = world
    const attributes = {
      ...{ id: 'order-48', addressee: 'alice', subject: 'order.shipped', 'receipt-to': receiptQueueName },
      encoding: 'base64',
    }
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    )
    // Not by the intake queue: an instance that was killed may have taken a message of it along.
    // Her session may have ended since her last poll.
    await poll(world.second.url, world.tokens.alice, 0)
    const { queueUrl } = await whereIs(world, 'alice')
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'not base64!', MessageAttributes }))
    const lines: string[] = []
    const deadline = performance.now() + 15_000
    while (!lines.some((line) => line.startsWith('order-48'))) {
      expect(performance.now() < deadline, 'the message did not reach the dead-letter queue within 15 s')
      await readDeadLetters(world, lines)
    }
    const { type, subject } = await receiptOf(world, 'order-48')
    expect(type === 'notification.dead-lettered', `the event is ${type}`)
    return `${lines.find((line) => line.startsWith('order-48'))}: the event ${type} of ${subject}`
  },
}

/** Runs `npm run dead-letters -- forward --to receipts`. */
async function readDeadLetters({ sqs, stack }: World, lines: string[]): Promise<void> {
  const given = parseCommandLine(commandLine, ['forward', '--to', 'receipts', '--queue', stack.deadLetterQueueUrl])
  expect(given !== null, 'the command line asks for help')
  await carryOut(readOptions(given), {
    env: stack.env,
    sqs: { acting: sqs, bounded: sqs },
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
    say() {},
  })
}

/** Returns the next event about this notification. An event may come twice: those about others are passed over. */
async function receiptOf({ sqs, stack }: World, notificationId: string) {
  for (;;) {
    const message = await receiveOne(sqs, stack.receiptQueueUrl)
    expect(message !== undefined, 'no event came within 15 s')
    const event = JSON.parse(message.Body ?? '') as { type: string; subject: string; data: { by?: string } }
    const { ReceiptHandle } = message
    await sqs.send(new DeleteMessageCommand({ QueueUrl: stack.receiptQueueUrl, ReceiptHandle }))
    if (event.subject === notificationId) return { type: event.type, subject: event.subject, by: event.data.by ?? '-' }
  }
}

function shopToken({ stack }: World): string {
  return stack.token('shop', { scope: 'notifications:publish' })
}

function timeIn(ms: number): string {
  return new Date(Date.now() + ms).toISOString()
}
