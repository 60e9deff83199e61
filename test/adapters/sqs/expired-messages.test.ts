import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { ExpiredRoom } from '../../../src/adapters/sqs/expired-room.ts'
import { openDeadLetters } from '../../../src/adapters/sqs/queue-reader.ts'
import { Settlements } from '../../../src/adapters/sqs/settlements.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { notificationFor } from '../../delivery/world.ts'
import { LogBook } from '../../support/log-book.ts'

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

function start({ maxBytes = 1_048_576 } = {}) {
  const log = new LogBook()
  const counters = sqsCounters()
  /** Sends to the dead-letter queue that are not answered yet. */
  const sending: (() => void)[] = []
  /** The bodies that were sent to the dead-letter queue, with their encodings. */
  const sent: unknown[] = []
  const deleted: string[] = []
  const client = {
    async send(command: { input: { Entries?: { ReceiptHandle: string }[] } }) {
      if (command instanceof SendMessageCommand) {
        const { MessageBody = '', MessageAttributes = {} } = command.input
        if (MessageBody.includes('\u0001')) throw Object.assign(new Error(), { name: 'InvalidMessageContents' })
        sent.push([MessageBody, MessageAttributes.encoding?.StringValue])
        return new Promise<void>((resolve) => sending.push(resolve))
      }
      for (const { ReceiptHandle } of command.input.Entries ?? []) deleted.push(ReceiptHandle)
      return {}
    },
  } as unknown as SQSClient
  const dlq = { find: async () => 'https://dlq', forget() {} }
  const shared = { client, dlq, queueUrl: 'https://queue', clock: systemClock, log, counters }
  const expiredRoom = new ExpiredRoom({ log, maxBytes })
  const settlements = new Settlements({ ...shared, kind: 'instance-queue' })
  openDeadLetters({ ...shared, settlements, expiredRoom, visibilityTimeoutSeconds: 30 })
  /** Ends a lease whose notification has expired. */
  const expire = (key: string, handle = `${key} first`, leftMs = 30_000, body = 'hello') => {
    const lease = new Lease({
      ...{
        key,
        notification: notificationFor('alice', { id: key, body }),
        source: settlements.source,
        receipt: handle,
      },
      ...{ deliveryCount: 1, lengthMs: 30_000, expiresAt: systemClock.now() + leftMs },
    })
    lease.end = 'outdated'
    lease.endAtSource()
  }
  const answer = async () => {
    while (sending.length > 0) {
      for (const resolve of sending.splice(0)) resolve()
      await settled()
    }
  }
  return { log, counters, sending, sent, deleted, settlements, expire, answer, bytes: () => expiredRoom.gauge.read() }
}

t.test('many notifications that expire at once go to the dead-letter queue a few at a time', async (t) => {
  const { sending, deleted, settlements, expire, answer, bytes } = start()
  for (let i = 0; i < 50; i++) expire(`message ${i}`)
  await settled()
  t.equal(sending.length, 8)
  t.ok(bytes() > 50 * 800)
  t.equal(settlements.outstanding, 50, 'an instance that leaves waits for them')
  const drained = settlements.drained()
  await answer()
  await drained
  t.equal(deleted.length, 50)
  t.equal(settlements.outstanding, 0)
  t.equal(bytes(), 0)
})

t.test('expired notifications without room are left in their queue, and the log tells of them', async (t) => {
  const { log, sending, deleted, settlements, expire, answer } = start({ maxBytes: 3_000 })
  for (const key of ['a', 'b', 'c', 'd']) expire(key)
  await settled()
  t.ok(sending.length >= 1 && sending.length < 4)
  const moved = sending.length
  t.equal(log.count('warn'), 4 - moved)
  await answer()
  await settlements.drained()
  t.equal(deleted.length, moved)
})

t.test('a message that SQS shows again on its way is moved once, and deleted with its newer handle', async (t) => {
  const { counters, deleted, settlements, expire, answer } = start()
  expire('a')
  expire('a', 'a second')
  await settled()
  await answer()
  await settlements.drained()
  t.same(deleted, ['a second'])
  t.equal(counters.deadLettered['instance-queue'], 1)
})

t.test('a message whose turn comes too late is left to be shown again', async (t) => {
  const { sending, settlements, expire } = start()
  expire('a', 'a first', 0)
  await settled()
  t.equal(sending.length, 0)
  t.equal(settlements.outstanding, 0)
})

t.test('an instance that leaves does not wait for a dead-letter queue that hangs', async (t) => {
  const { sending, settlements, expire, answer } = start()
  expire('a')
  await settled()
  t.equal(sending.length, 1)
  await settlements.drained(100)
  t.equal(settlements.outstanding, 1)
  await answer()
  await settlements.drained()
})

t.test('an expired notification with text that SQS refuses goes to the dead-letter queue as bytes', async (t) => {
  const { sent, deleted, settlements, expire, answer } = start()
  expire('control', undefined, undefined, 'a\u0001b')
  await settled()
  const drained = settlements.drained()
  await answer()
  await drained
  t.same(sent, [[Buffer.from('a\u0001b').toString('base64'), 'base64']])
  t.same(deleted, ['control first'])
})
