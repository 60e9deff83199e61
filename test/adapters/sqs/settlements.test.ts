import t, { type Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { drainAll, Settlements } from '../../../src/adapters/sqs/settlements.ts'
import { LogBook } from '../../support/log-book.ts'
import { startSqs } from '../../support/sqs.ts'

let queues = 0

/** A queue whose messages are received, and the settlements for it. */
async function world(
  t: Test,
  messages: number,
  options: { giveBackSeconds?: number; settling?: Set<Settlements> } = {},
) {
  const sqs = await startSqs(t)
  queues += 1
  const { url } = await sqs.createQueue(`settled-${queues}`)
  for (let i = 0; i < messages; i++) await sqs.send(url, `message ${i}`, {})
  const received = []
  while (received.length < messages) received.push(...(await sqs.receive(url)))
  const waits: number[] = []
  const clock = {
    ...systemClock,
    after(ms: number, wake: () => void) {
      waits.push(ms)
      return systemClock.after(ms, wake)
    },
  }
  const counters = sqsCounters()
  const log = new LogBook()
  const settlements = new Settlements({
    kind: 'instance-queue',
    client: sqs.clients.acting,
    queueUrl: url,
    clock,
    log,
    counters,
    random: () => 0,
    ...options,
  })
  const handles = received.map(({ MessageId = '', ReceiptHandle = '' }) => ({ key: MessageId, handle: ReceiptHandle }))
  /** Resolves when a call has failed and waits for its retry: the minimum back-off, since nothing is random here. */
  const backingOff = () => until(() => waits.includes(100))
  return { sqs, url, counters, log, settlements, handles, backingOff }
}

const soon = () => systemClock.now() + 30_000

t.test('messages whose queue was deleted are settled with it', async (t) => {
  const { sqs, url, log, settlements, handles } = await world(t, 4)
  await sqs.deleteQueue(url)
  for (const [i, { handle, key }] of handles.entries()) {
    if (i % 2 === 0) settlements.acknowledge(handle, key, soon())
    else settlements.release(handle, key, soon())
  }
  await settlements.drained()
  t.equal(settlements.outstanding, 0)
  t.same(log.lines, [], 'nothing will be shown again')
})

t.test('acknowledged messages are deleted, ten in a call', async (t) => {
  const { sqs, url, counters, settlements, handles } = await world(t, 25)
  for (const { handle, key } of handles) settlements.acknowledge(handle, key, soon())
  t.equal(settlements.outstanding, 25)
  await settlements.drained()
  t.equal(settlements.outstanding, 0)
  t.equal((await sqs.count(url)).all, 0)
  t.equal(sqs.calls.get('DeleteMessageBatch'), 3)
  t.equal(counters.acknowledged, 25)
})

t.test('a single acknowledgement does not wait for others', async (t) => {
  const { sqs, url, settlements, handles } = await world(t, 1)
  for (const { handle, key } of handles) settlements.acknowledge(handle, key, soon())
  await until(async () => (await sqs.count(url)).all === 0)
  t.equal(settlements.outstanding, 0)
})

t.test('released messages are shown again at once', async (t) => {
  const { sqs, url, counters, settlements, handles } = await world(t, 12)
  for (const { handle, key } of handles) settlements.release(handle, key, soon())
  await settlements.drained()
  t.same(await sqs.count(url), { visible: 12, hidden: 0, all: 12 })
  t.equal(counters.released, 12)
})

t.test('messages are released with a timeout of 1 where the queue loses those released with 0', async (t) => {
  const { sqs, url, settlements, handles } = await world(t, 1, { giveBackSeconds: 1 })
  for (const { handle, key } of handles) settlements.release(handle, key, soon())
  await settlements.drained()
  t.equal((await sqs.count(url)).hidden, 1)
  t.equal((await sqs.receive(url)).length, 1)
})

t.test('a lease is settled through the port of the core', async (t) => {
  const { sqs, url, settlements, handles } = await world(t, 2)
  const lease = (i: number) => ({ receipt: handles[i]?.handle, key: handles[i]?.key, expiresAt: soon() }) as never
  settlements.source.acknowledge(lease(0))
  settlements.source.release(lease(1))
  await settlements.drained()
  t.same(await sqs.count(url), { visible: 1, hidden: 0, all: 1 })
  t.ok(settlements.wasAcknowledged(handles[0]?.key ?? ''))
  t.notOk(settlements.wasAcknowledged(handles[1]?.key ?? ''))
})

t.test('settlements that SQS does not get during an outage are repeated after it', async (t) => {
  const { sqs, url, settlements, counters, handles, backingOff } = await world(t, 15)
  await sqs.stop()
  for (const { handle, key } of handles) settlements.acknowledge(handle, key, soon())
  await backingOff()
  t.equal(settlements.outstanding, 15)
  await sqs.start()
  await settlements.drained()
  t.equal((await sqs.count(url)).all, 0)
  t.match(counters, { acknowledged: 15, givenUp: 0 })
})

t.test(
  'settlements that SQS does not get before the receipt handle ends are given up, with a line in the log',
  async (t) => {
    const { sqs, settlements, counters, log, handles } = await world(t, 2)
    await sqs.stop()
    for (const { handle, key } of handles) settlements.acknowledge(handle, key, systemClock.now() + 200)
    await until(() => settlements.outstanding === 0)
    t.equal(counters.givenUp, 2)
    t.equal(log.count('warn'), 1)
    t.ok(settlements.wasAcknowledged(handles[0]?.key ?? ''), 'and still known, for when it is shown again')
  },
)

t.test('draining gives up the entries that are outstanding at its deadline', async (t) => {
  const { sqs, settlements, counters, handles } = await world(t, 2)
  await sqs.stop()
  for (const { handle, key } of handles) settlements.release(handle, key, soon())
  await settlements.drained(150)
  await until(() => settlements.outstanding === 0)
  t.equal(counters.givenUp, 2)
})

t.test('a handle that SQS refuses is not retried, and does not hold others back', async (t) => {
  const { sqs, url, settlements, counters, handles } = await world(t, 1)
  settlements.release('no handle at all', 'other', soon())
  for (const { handle, key } of handles) settlements.release(handle, key, soon())
  await settlements.drained()
  t.equal((await sqs.count(url)).visible, 1)
  t.match(counters, { released: 1, givenUp: 1 })
  t.equal(sqs.calls.get('ChangeMessageVisibilityBatch'), 1)
})

t.test('the last 10,000 acknowledged messages are remembered', async (t) => {
  const { sqs, settlements } = await world(t, 0)
  await sqs.stop()
  for (let i = 0; i <= 10_000; i++) settlements.acknowledge('handle', `key-${i}`, 0)
  t.notOk(settlements.wasAcknowledged('key-0'))
  t.ok(settlements.wasAcknowledged('key-1'))
  t.ok(settlements.wasAcknowledged('key-10000'))
  await settlements.drained(0)
  await until(() => settlements.outstanding === 0)
})

t.test('a stop drains the outstanding settlements of queues that are not received from any more', async (t) => {
  const settling = new Set<Settlements>()
  const { sqs, url, settlements, handles } = await world(t, 12, { settling })
  for (const [i, { handle, key }] of handles.entries()) {
    if (i < 6) settlements.acknowledge(handle, key, soon())
    else settlements.release(handle, key, soon())
  }
  t.same([...settling], [settlements])
  await drainAll(settling, 5_000)
  t.same(await sqs.count(url), { visible: 6, hidden: 0, all: 6 })
  t.equal(settling.size, 0, 'it is not looked for in vain')
})

t.test('entries that are given up are not outstanding any more', async (t) => {
  const settling = new Set<Settlements>()
  const { sqs, settlements, handles, backingOff } = await world(t, 1, { settling })
  await sqs.stop()
  for (const { handle, key } of handles) settlements.acknowledge(handle, key, soon())
  await backingOff()
  await drainAll(settling, 0)
  t.equal(settling.size, 0)
})
