import { DeleteQueueCommand } from '@aws-sdk/client-sqs'
import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { Semaphore } from '../../../src/adapters/sqs/semaphore.ts'
import { world } from './poller-world.ts'

const greeting = { addressee: 'alice', subject: 'greeting' }

t.test('a message becomes a lease, and is deleted when the lease is acknowledged and not before', async (t) => {
  const { sqs, url, offered, counters, start, listening } = await world(t)
  void start()
  await listening()
  const issued = systemClock.now()
  const id = await sqs.send(url, 'hello', { ...greeting, hops: '2' })
  await until(() => offered.length === 1)
  const [lease] = offered
  t.match(lease, { key: id, deliveryCount: 1, hops: 2, lengthMs: 30_000, notification: { id, body: 'hello' } })
  t.ok(lease && lease.expiresAt > issued + 30_000 && lease.expiresAt < systemClock.now() + 30_000)
  t.same(await sqs.count(url), { visible: 0, hidden: 1, all: 1 })
  lease?.source.acknowledge(lease)
  await until(() => counters.acknowledged === 1)
  t.equal((await sqs.count(url)).all, 0)
})

t.test('a released lease comes again with a higher delivery count', async (t) => {
  const { sqs, url, offered, start } = await world(t)
  void start()
  await sqs.send(url, 'hello', greeting)
  await until(() => offered.length === 1)
  offered[0]?.source.release(offered[0])
  await until(() => offered.length === 2)
  t.equal(offered[1]?.key, offered[0]?.key)
  t.equal(offered[1]?.deliveryCount, 2)
})

t.test('an invalid message goes to the dead-letter queue with the reason, the others are offered', async (t) => {
  const { sqs, url, deadLetterUrl, offered, counters, start } = await world(t, { dlq: true })
  await sqs.send(url, 'to nobody', { subject: 'greeting' })
  await sqs.send(url, 'hello', greeting)
  void start()
  const [dead] = await sqs.receive(deadLetterUrl ?? '')
  t.match(dead, { Body: 'to nobody', MessageAttributes: { 'invalid-reason': { StringValue: /names an addressee/ } } })
  await until(async () => (await sqs.count(url)).all === 1)
  t.same(
    offered.map(({ notification }) => notification.body),
    ['hello'],
  )
  t.equal(counters.invalid, 1)
})

t.test('a message that was acknowledged and is shown again is deleted again and not offered', async (t) => {
  const offered: string[] = []
  const { sqs, url, counters, settlements, start } = await world(t, {
    visibilityTimeoutSeconds: 1,
    port: {
      offer(leases) {
        for (const { key } of leases) {
          offered.push(key)
          // SQS says OK to an old handle, and deletes nothing.
          settlements.acknowledge('a handle that ended', key, systemClock.now() + 1_000)
        }
      },
    },
  })
  void start()
  await sqs.send(url, 'hello', greeting)
  await until(async () => (await sqs.count(url)).all === 0)
  t.equal(offered.length, 1)
  t.ok(counters.received >= 2)
})

t.test('a poller that is stopped releases the messages of its last receive', async (t) => {
  const { sqs, url, offered, counters, settlements, stop, start, listening } = await world(t)
  const running = start()
  await listening()
  stop.abort()
  await sqs.send(url, 'hello', greeting)
  await running
  await settlements.drained()
  t.equal(offered.length, 0)
  t.equal(counters.receiving, 0)
  t.equal(counters.released, 1)
  const [message] = await sqs.receive(url)
  t.equal(message?.Body, 'hello', 'it is not hidden')
})

t.test('a poller that is stopped before it runs receives nothing', async (t) => {
  const { sqs, stop, start } = await world(t)
  stop.abort()
  await start()
  t.notOk(sqs.calls.has('ReceiveMessage'))
})

t.test('a poller logs once that receiving fails, and recovers when the queue is back', async (t) => {
  const { sqs, url, offered, health, log, counters, start, listening } = await world(t, { visibilityTimeoutSeconds: 1 })
  void start()
  await listening()
  await sqs.stop()
  await until(() => counters.receiveErrors > 3)
  t.not(health.at(-1), 'ok')
  t.equal(log.count('warn'), 1)
  await sqs.start()
  await listening()
  await sqs.send(url, 'hello', greeting)
  await until(() => offered.length > 0)
  t.equal(offered[0]?.notification.body, 'hello')
  t.equal(log.count('warn'), 1)
  t.equal(log.count('info'), 2, 'that it receives: at first and again')
})

t.test('a missing queue is a failure like any other', async (t) => {
  const { sqs, health, stop, start, url } = await world(t)
  await sqs.clients.acting.send(new DeleteQueueCommand({ QueueUrl: url }))
  const running = start()
  await until(() => health.length > 0)
  t.match(health[0], /QueueDoesNotExist/)
  stop.abort()
  await running
})

t.test('a poller adds receives while batches come back full, and they end when the queue is empty', async (t) => {
  let most = 0
  const keys = new Set<string>()
  const w = await world(t, {
    port: {
      offer(leases) {
        for (const { key } of leases) keys.add(key)
        // This receive has its response, so those that are still in flight are others.
        most = Math.max(most, w.counters.receiving)
      },
    },
  })
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 10 }, () => w.sqs.send(w.url, 'hello', greeting)))
  }
  void w.start()
  await until(() => keys.size === 200)
  t.ok(most >= 2, `${most} beside the one that was answered`)
  t.ok(most < 8)
  // One more message wakes all receives, and all but one come back empty and end.
  await w.sqs.send(w.url, 'hello', greeting)
  await until(() => keys.size === 201 && w.counters.receiving === 1)
})

t.test('a poller receives nothing while memory is full', async (t) => {
  let full = true
  let room = () => {}
  let asked = 0
  const { sqs, url, offered, start } = await world(t, {
    port: {
      full: () => full,
      whenRoom: () => {
        asked += 1
        return new Promise((resolve) => {
          room = resolve
        })
      },
    },
  })
  await sqs.send(url, 'hello', greeting)
  void start()
  await until(() => asked > 1)
  t.notOk(sqs.calls.has('ReceiveMessage'), 'though the word that there is room may be missed')
  full = false
  room()
  await until(() => offered.length === 1)
})

t.test('a poller can be stopped while memory is full', async (t) => {
  let asked = 0
  const { stop, start } = await world(t, { port: { full: () => Boolean(++asked) } })
  const running = start()
  await until(() => asked > 2)
  stop.abort()
  await running
})

t.test('a port that throws costs its own batch a visibility timeout, and no other batch', async (t) => {
  const offered: string[] = []
  const { sqs, url, log, start } = await world(t, {
    port: {
      offer(leases) {
        offered.push(...leases.map(({ notification: { body } }) => body))
        if (offered.includes('bad') && !offered.includes('good')) throw new Error('a defect')
      },
    },
  })
  await sqs.send(url, 'bad', greeting)
  void start()
  await until(() => offered.includes('bad'))
  await sqs.send(url, 'good', greeting)
  await until(() => offered.includes('good'))
  t.equal(log.count('error'), 1)
})

t.test('messages that may have been received before a pause of the process are dropped, and come again', async (t) => {
  const { sqs, url, offered, counters, skip, start, listening } = await world(t, { visibilityTimeoutSeconds: 1 })
  void start()
  await listening()
  skip(60_000)
  await sqs.send(url, 'hello', greeting)
  // It comes again each second, as nobody acknowledges it.
  await until(() => offered.length >= 1)
  t.ok(Number(offered[0]?.deliveryCount) >= 2)
  t.ok(counters.received >= 2)
})

t.test('an addressee gets the next message of a FIFO queue when the previous one is acknowledged', async (t) => {
  const { sqs, url, offered, start } = await world(t, { fifo: true })
  for (const body of ['one', 'two', 'three']) {
    await sqs.send(url, body, greeting, { MessageGroupId: 'alice', MessageDeduplicationId: body })
  }
  void start()
  for (const [i, body] of ['one', 'two', 'three'].entries()) {
    await until(() => offered.length === i + 1)
    const lease = offered[i]
    t.equal(lease?.notification.body, body)
    lease?.source.acknowledge(lease)
  }
  await until(async () => (await sqs.count(url)).all === 0)
})

t.test('a poller that runs again before its last receive has run out goes on with that receive', async (t) => {
  const { sqs, url, offered, counters, stop, start, listening } = await world(t)
  const first = start()
  await listening()
  stop.abort()
  const again = new AbortController()
  void start(again.signal)
  await sqs.send(url, 'hello', greeting)
  await until(() => offered.length === 1)
  t.equal(offered[0]?.deliveryCount, 1, 'it was not given back')
  t.equal(counters.released, 0)
  again.abort()
  await Promise.all([sqs.stop(), first])
})

t.test('a poller that has ended can run again', async (t) => {
  const { sqs, url, offered, stop, start } = await world(t)
  stop.abort()
  await start()
  const again = new AbortController()
  void start(again.signal)
  await sqs.send(url, 'hello', greeting)
  await until(() => offered.length === 1)
})

t.test('a missing queue that is no failure is retried quietly until it exists', async (t) => {
  let asked = 0
  const w = await world(t, { onMissing: async () => ++asked > 1 })
  await w.sqs.clients.acting.send(new DeleteQueueCommand({ QueueUrl: w.url }))
  void w.start()
  await until(() => asked >= 2)
  t.same(w.health, ['missing'])
  await w.sqs.createQueue('queue')
  await w.sqs.send(w.url, 'hello', greeting)
  await until(() => w.offered.length === 1)
  t.same(w.health, ['missing', 'ok'])
  t.match(w.counters, { receiveErrors: 0 })
  t.ok(w.counters.missing >= 2)
  t.equal(w.log.count('warn'), 0)
})

t.test('a missing queue that cannot be created is a failure', async (t) => {
  const w = await world(t, {
    onMissing: () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' })),
  })
  await w.sqs.clients.acting.send(new DeleteQueueCommand({ QueueUrl: w.url }))
  void w.start()
  await until(() => w.health.length > 0)
  t.equal(w.health[0], 'AccessDenied')
  t.equal(w.log.count('warn'), 1)
})

t.test("a message for another client in a client's queue is not a notification", async (t) => {
  const { sqs, url, deadLetterUrl, offered, start } = await world(t, { dlq: true, addressee: 'alice' })
  await sqs.send(url, 'for bob', { ...greeting, addressee: 'bob' })
  await sqs.send(url, 'for alice', greeting)
  void start()
  const [dead] = await sqs.receive(deadLetterUrl ?? '')
  t.match(dead, { Body: 'for bob', MessageAttributes: { 'invalid-reason': { StringValue: /whose queue this is/ } } })
  await until(() => offered.length > 0)
  t.same(
    offered.map(({ notification }) => notification.body),
    ['for alice'],
  )
})

t.test('no more pollers short-poll at once than have a permit, and then all of them long-poll', async (t) => {
  const shortPolls = new Semaphore(1)
  const end = await shortPolls.acquire(new AbortController().signal)
  const { sqs, start, listening } = await world(t, { shortPolls })
  void start()
  t.equal(sqs.calls.get('ReceiveMessage'), undefined)
  end?.()
  await listening()
  t.ok(await shortPolls.acquire(new AbortController().signal), 'a long poll holds no permit')
})
