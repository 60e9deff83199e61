import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { dlqOfQueue, serviceDlq } from '../../../src/adapters/sqs/dead-letter-queue.ts'
import { DeadLetters } from '../../../src/adapters/sqs/dead-letters.ts'
import { Settlements } from '../../../src/adapters/sqs/settlements.ts'
import { LogBook } from '../../support/log-book.ts'
import { type Sqs, startSqs, strings } from '../../support/sqs.ts'

function deadLetters(t: Test, sqs: Sqs, queueUrl: string, dlqUrl: string | null) {
  const counters = sqsCounters()
  const log = new LogBook()
  let forgotten = 0
  const dlq = {
    find: async () => dlqUrl,
    forget() {
      forgotten += 1
    },
  }
  const client = sqs.clients.acting
  const needs = { client, queueUrl, dlq, clock: systemClock, visibilityTimeoutSeconds: 30, log, counters }
  const settlements = new Settlements({ ...needs, kind: 'instance-queue' })
  t.teardown(() => settlements.drained())
  const letters = new DeadLetters({ ...needs, settlements })
  return { counters, log, settlements, letters, forgotten: () => forgotten }
}

async function world(t: Test, attributes: Record<string, string>, dlqName = 'dlq') {
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue('queue')
  const dlq = await sqs.createQueue(dlqName, dlqName.endsWith('.fifo') ? { FifoQueue: 'true' } : {})
  await sqs.send(url, 'the body', attributes)
  const [message = {}] = await sqs.receive(url)
  return { sqs, url, dlq, message }
}

const soon = () => systemClock.now() + 30_000

t.test('an invalid message is moved with its attributes and the reason', async (t) => {
  const { sqs, url, dlq, message } = await world(t, { subject: 'greeting' })
  await sqs.clients.acting.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: 'bytes',
      MessageAttributes: { tag: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } },
    }),
  )
  const [bytes = {}] = await sqs.receive(url)
  const { letters, settlements, counters } = deadLetters(t, sqs, url, dlq.url)
  await letters.take(message, 'no addressee', soon())
  await letters.take(bytes, 'no addressee', soon())
  await settlements.drained()
  t.equal((await sqs.count(url)).all, 0)
  const [first, second] = await sqs.receive(dlq.url)
  t.equal(first?.Body, 'the body')
  t.same(first?.MessageAttributes, strings({ subject: 'greeting', 'invalid-reason': 'no addressee' }))
  t.same([...(second?.MessageAttributes?.tag?.BinaryValue ?? [])], [1, 2])
  t.match(counters, { invalid: 2, invalidHidden: 0 })
})

t.test('one of ten attributes gives way to the reason', async (t) => {
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`a${i}`, 'x']))
  const { sqs, url, dlq, message } = await world(t, ten)
  const { letters, settlements } = deadLetters(t, sqs, url, dlq.url)
  await letters.take(message, 'no addressee', soon())
  const { a9: _, ...nine } = ten
  const withHops = { ...message, MessageAttributes: strings({ ...nine, hops: '1' }) }
  await letters.take(withHops, 'no addressee', soon())
  await settlements.drained()
  for (const { MessageAttributes = {} } of await sqs.receive(dlq.url)) {
    t.same(Object.keys(MessageAttributes).sort(), [...Object.keys(nine), 'invalid-reason'].sort())
  }
})

t.test('a FIFO dead-letter queue takes each message once, even when its delete had failed', async (t) => {
  const { sqs, url, dlq, message } = await world(t, {}, 'dlq.fifo')
  const { letters } = deadLetters(t, sqs, url, dlq.url)
  await letters.take(message, 'no addressee', soon())
  await letters.take(message, 'no addressee', soon())
  t.equal((await sqs.count(dlq.url)).all, 1)
})

t.test('a message that cannot be moved is not deleted', async (t) => {
  const { sqs, url, message } = await world(t, {})
  const { letters, settlements, log } = deadLetters(t, sqs, url, `${url}-not`)
  await letters.take(message, 'no addressee', soon())
  t.equal(settlements.outstanding, 0)
  t.equal((await sqs.count(url)).hidden, 1)
  await letters.take(message, 'no addressee', soon())
  t.equal(log.count('warn'), 1, 'the outage is told of once')
})

t.test('the dead-letter queue is looked for again after a refusal, and not after an outage', async (t) => {
  const { sqs, url, dlq, message } = await world(t, {})
  const { letters, forgotten } = deadLetters(t, sqs, url, dlq.url)
  sqs.refuse('RequestThrottled', 'SendMessage')
  await letters.take(message, 'no addressee', soon())
  t.equal(forgotten(), 0, 'the queues stay known while SQS is too busy')
  for (const code of ['QueueDoesNotExist', 'AccessDenied']) {
    sqs.refuse(code, 'SendMessage')
    await letters.take(message, 'no addressee', soon())
  }
  t.equal(forgotten(), 2)
})

/** Keeps the visibility timeouts that are asked for, and asks the real SQS. */
function watchHides(t: Test, sqs: Sqs): number[] {
  const asked: number[] = []
  const { acting } = sqs.clients
  const send = acting.send.bind(acting) as (...given: unknown[]) => Promise<unknown>
  acting.send = ((...given: unknown[]) => {
    const [command] = given
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      asked.push(...(command.input.Entries ?? []).map(({ VisibilityTimeout = -1 }) => VisibilityTimeout))
    }
    return send(...given)
  }) as typeof acting.send
  t.teardown(() => {
    acting.send = send as typeof acting.send
  })
  return asked
}

t.test(
  'an invalid message without a dead-letter queue is hidden for as long as SQS allows, and not deleted',
  async (t) => {
    const { sqs, url, message } = await world(t, {})
    const asked = watchHides(t, sqs)
    const { letters, settlements, counters, log } = deadLetters(t, sqs, url, null)
    await letters.take(message, 'no addressee', soon())
    await settlements.drained()
    t.same(await sqs.count(url), { visible: 0, hidden: 1, all: 1 })
    t.equal(asked.length, 1)
    t.ok((asked[0] ?? 0) <= 43_200 && (asked[0] ?? 0) > 43_100, `hidden for ${asked[0]} s`)
    t.match(counters, { invalid: 1, invalidHidden: 1 })
    t.equal(log.count('error'), 1)
    t.notMatch(JSON.stringify(log.lines), /the body/)

    await letters.take(message, 'no addressee', soon())
    await settlements.drained()
    t.equal(asked.length, 2, 'shown again after that time, it is hidden again')
    t.match(counters, { invalid: 1, invalidHidden: 1 }, 'and neither counted')
    t.equal(log.count('error'), 1, 'nor logged a second time')
  },
)

t.test('a message that was hidden is moved as soon as there is a dead-letter queue', async (t) => {
  const { sqs, url, dlq, message } = await world(t, {})
  const counters = sqsCounters()
  const client = sqs.clients.acting
  const needs = {
    client,
    queueUrl: url,
    clock: systemClock,
    visibilityTimeoutSeconds: 30,
    log: new LogBook(),
    counters,
  }
  const settlements = new Settlements({ ...needs, kind: 'instance-queue' })
  t.teardown(() => settlements.drained())
  const service = serviceDlq(client, { kind: 'none' })
  const letters = new DeadLetters({ ...needs, settlements, dlq: dlqOfQueue(client, url, service) })
  await letters.take(message, 'no addressee', soon())
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 5 })
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }))
  await letters.take(message, 'no addressee', soon())
  await settlements.drained()
  t.equal((await sqs.count(url)).all, 0)
  t.equal((await sqs.count(dlq.url)).all, 1)
})
