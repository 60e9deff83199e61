import type { SigningKey } from '../stack/signing-key.ts'
import { pollWith } from './fed-instance.ts'
import { type InstanceNeeds, type MeasuredInstance, startInstance } from './instance.ts'
import { withOwnDatabase } from './own-database.ts'
import { queueUrl, StandInSqs } from './sqs.ts'
import { countStored } from './stored-rows.ts'
import { askHeldPolls, type Target } from './target.ts'
import { openSenders, type Way } from './ways.ts'

const intakeQueueName = 'bench-intake'

/** Two instances with an intake queue. Half of the clients are at each. */
export interface SendersTarget extends Target {
  /** Publishes by this way from now on. */
  sendBy(way: Way): void
}

/** Starts the instances and the senders. */
export async function startSendersTarget(common: InstanceNeeds & { readonly key: SigningKey }): Promise<SendersTarget> {
  const needs = await withOwnDatabase(common)
  await using undo = new AsyncDisposableStack()
  const sqs = new StandInSqs()
  const endpoint = await sqs.listen()
  undo.defer(() => sqs.close())
  const started: MeasuredInstance[] = []
  undo.defer(async () => {
    // Held receives would make the instances wait as they leave.
    sqs.release()
    await Promise.all(started.map((instance) => instance.stop()))
  })
  const settings = { SQS_INTAKE_QUEUE_URL: queueUrl(intakeQueueName) }
  const start = async () => {
    const instance = await startInstance(needs, { server: sqs, endpoint }, settings)
    started.push(instance)
    return instance
  }
  const instances = [await start(), await start()] as const
  const instanceOf = (client: number) => instances[client % 2 === 0 ? 0 : 1]
  const senders = openSenders({ key: needs.key, sqs, intake: sqs.queue(intakeQueueName), instances, instanceOf })
  undo.defer(() => senders.close())
  const stored = countStored(needs.postgres, undo)
  let way: Way = 'queue'
  const running = undo.move()
  return {
    name: 'service',
    pids: instances.map(({ pid }) => pid),
    databasePid: needs.postgres.pid,
    portOf: (client) => instanceOf(client).port,
    sendBy(next) {
      way = next
    },
    publish: (client, number) => senders.send[way](client, number),
    pollOf: (client) => pollWith(needs.tokens[client] ?? ''),
    async heldPolls() {
      const [first, second] = await Promise.all(instances.map(({ port }) => askHeldPolls(port)))
      return (first ?? 0) + (second ?? 0)
    },
    unacknowledged: async () => sqs.undeleted + (await stored()),
    queueCalls: () => sqs.calls,
    failure: () => instances.map((one) => one.failure()).find((one) => one !== null) ?? senders.failure(),
    stop: () => running.disposeAsync(),
  }
}
