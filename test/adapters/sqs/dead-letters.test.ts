import { SendMessageCommand } from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { DeadLetters } from '../../../src/adapters/sqs/dead-letters.ts'
import { Settlements } from '../../../src/adapters/sqs/settlements.ts'
import { LogBook } from '../../support/log-book.ts'
import { type Sqs, startSqs, strings } from '../../support/sqs.ts'

function deadLetters(t: Test, sqs: Sqs, queueUrl: string, dlqUrl: string | null) {
  const counters = sqsCounters()
  const log = new LogBook()
  const needs = { client: sqs.clients.acting, queueUrl, findDlq: async () => dlqUrl, clock: systemClock, log, counters }
  const settlements = new Settlements(needs)
  t.teardown(() => settlements.drained())
  return { counters, log, settlements, letters: new DeadLetters({ ...needs, settlements }) }
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
  t.match(counters, { invalid: 2, invalidDeleted: 0 })
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
  t.equal(log.count('error'), 1)
})

t.test(
  'an invalid message is deleted where there is no dead-letter queue, with an error in the log and counted',
  async (t) => {
    const { sqs, url, message } = await world(t, {})
    const { letters, settlements, counters, log } = deadLetters(t, sqs, url, null)
    await letters.take(message, 'no addressee', soon())
    await settlements.drained()
    t.equal((await sqs.count(url)).all, 0)
    t.match(counters, { invalid: 1, invalidDeleted: 1 })
    t.equal(log.count('error'), 1)
    t.notMatch(JSON.stringify(log.lines), /the body/)
  },
)
