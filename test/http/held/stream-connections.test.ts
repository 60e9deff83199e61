import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { openEvents } from '../../support/event-stream.ts'
import { openConnection } from '../../support/raw-connection.ts'
import { openFrames } from '../../support/web-socket.ts'
import { start } from './stream-world.ts'

t.test(
  'every stream gets a heartbeat every 15 seconds, with one timer for all streams and one for all connections',
  async (t) => {
    const { url, clock } = await start(t)
    t.equal(clock.pending, 0)
    const events = await openEvents(t, `${url}/notifications`)
    const frames = await openFrames(t, `${url}/notifications`)
    await events.next()
    await frames.next()
    t.equal(clock.pending, 2)
    for (let i = 0; i < 3; i++) {
      const ping = new Promise<void>((resolve) => frames.socket.once('ping', () => resolve()))
      clock.pass(16_000)
      t.equal((await events.any()).event, 'comment')
      t.same(await frames.next(), { type: 'ping' })
      await ping
      frames.send({ type: 'pong' })
      // Frames are processed in order: after this pong the JSON pong has been processed too.
      const pong = new Promise<void>((resolve) => frames.socket.once('pong', () => resolve()))
      frames.socket.ping()
      await pong
    }
    events.hangUp()
    frames.socket.terminate()
    await until(async () => clock.pending === 0)
  },
)

t.test('a WebSocket that is silent for 45 seconds is disconnected, and loses nothing', async (t) => {
  const { url, clock, offer, poll, mailboxes } = await start(t)
  const frames = await openFrames(t, `${url}/notifications?ack=next`)
  await frames.next()
  offer(['n1'])
  await frames.notification()
  frames.socket.pause()
  clock.pass(44_000)
  t.equal(mailboxes.heldPolls.count, 1)
  clock.pass(7_000)
  t.equal(mailboxes.heldPolls.count, 0)
  t.same(await poll(), ['n1'])
})

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'notifications.v1',
}
const forms = { 'server-sent events': { accept: 'text/event-stream' }, 'a WebSocket': upgrade }

for (const [form, headers] of Object.entries(forms)) {
  for (const ack of ['auto', 'next']) {
    t.test(`with ${form} and ack=${ack} a client that does not read is disconnected, and loses nothing`, async (t) => {
      const { url, clock, offer, poll, mailboxes, ended } = await start(t)
      const connection = await openConnection(t, { url }, { reads: false })
      connection.request('GET', `/notifications?ack=${ack}`, headers)
      await until(async () => mailboxes.heldPolls.count === 1)
      const keys = Array.from({ length: 300 }, (_, i) => `n${i}`)
      const memory = process.memoryUsage.rss()
      offer(keys, 'x'.repeat(100_000))
      // Long enough for graces to pass.
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      clock.pass(9_000)
      t.equal(mailboxes.heldPolls.count, 1, 'a slow reader is not disconnected at once')
      t.ok(process.memoryUsage.rss() - memory < 150 * 1_048_576)
      clock.pass(7_000)
      await until(async () => mailboxes.heldPolls.count === 0)
      t.equal(ended.size, 0, 'nothing counts as delivered')
      const found = new Set<string>()
      for (let ids = await poll('wait=0&limit=100'); ids.length > 0; ids = await poll('wait=0&limit=100')) {
        for (const id of ids) found.add(id)
      }
      t.equal(found.size, keys.length)
    })

    t.test(`with ${form} and ack=${ack} a slow reader gets everything, in order`, async (t) => {
      const { url, offer, ended } = await start(t)
      const keys = Array.from({ length: 100 }, (_, i) => `n${i}`)
      offer(keys, 'x'.repeat(100_000))
      const query = `${url}/notifications?ack=${ack}`
      const reader = form === 'a WebSocket' ? await openFrames(t, query) : await openEvents(t, query)
      await reader.next()
      const found = []
      let cursor = ''
      for (const _ of keys) {
        const event = await reader.notification()
        found.push(event.id)
        cursor = event.cursor
      }
      t.same(found, keys)
      if (ack === 'next') {
        const response = await fetch(`${url}/notifications?wait=0&cursor=${cursor}`)
        t.equal(response.status, 204)
      }
      await until(async () => ended.size === keys.length)
    })
  }
}

t.test('a client that asks for pongs and does not read them is disconnected', async (t) => {
  const { url, clock, mailboxes } = await start(t)
  const connection = await openConnection(t, { url }, { reads: false })
  connection.request('GET', '/notifications', upgrade)
  await until(async () => mailboxes.heldPolls.count === 1)
  // A masked ping with 125 bytes.
  const ping = Buffer.concat([Buffer.of(0x89, 0xfd, 0, 0, 0, 0), Buffer.alloc(125, 'p')])
  const memory = process.memoryUsage.rss()
  for (let i = 0; i < 400; i++) connection.write(Buffer.concat(Array.from({ length: 500 }, () => ping)))
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.ok(process.memoryUsage.rss() - memory < 150 * 1_048_576)
  connection.reset()
  await until(async () => mailboxes.heldPolls.count === 0)
  t.ok(clock.pending <= 2)
})

t.test('a stream behind a poll on one connection gets its notifications', async (t) => {
  const { url, mailboxes, offer } = await start(t)
  const connection = await openConnection(t, { url })
  let text = ''
  connection.socket.on('data', (chunk) => {
    text += chunk
  })
  connection.write('GET /notifications?wait=0.2 HTTP/1.1\r\nHost: h\r\n\r\n')
  connection.write('GET /notifications?ack=next HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n')
  // The poll has ended, and the stream behind it is held.
  await until(() => text.includes('204 No Content') && mailboxes.heldPolls.count === 1)
  offer(['n1'])
  await until(async () => text.includes('"id":"n1"'))
  t.match(text, /204 No Content[\s\S]*event: ready/)
})
