import type { ServerResponse } from 'node:http'
import t from 'tap'
import {
  type Asked,
  answers,
  noPauses,
  nothing,
  notification,
  notifications,
  refuses,
  type Step,
  scriptedServer,
} from './scripted-server.ts'

const sse = { getToken: () => 'token', transport: 'sse' } as const

/** Starts a stream and writes these pieces. */
function streams(...pieces: readonly string[]): Step {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.write('retry: 1234\nevent: ready\ndata: {}\n\n')
    for (const piece of pieces) response.write(piece)
  }
}

const event = (id: string) => `id: c-${id}\nevent: notification\ndata: ${JSON.stringify(notification(id))}\n\n`
const bye = 'event: bye\ndata: {"reason":"restart"}\n\n'

t.test('every notification of a stream is acknowledged when it has been handled', async (t) => {
  const server = await scriptedServer(t, streams(event('a'), ': still there\n\n', event('b')))
  const stop = new AbortController()
  const seen: string[] = []
  for await (const found of notifications({ ...sse, url: server.url, signal: stop.signal })) {
    t.same(found, notification(found.id))
    seen.push(found.id)
    if (found.id === 'b') {
      await server.has(() => server.acknowledged.length === 1)
      stop.abort()
    }
  }
  t.same(seen, ['a', 'b'])
  t.same(server.acknowledged, [{ cursor: 'c-a' }, { cursor: 'c-b' }])
  const [asked] = server.polls
  t.equal(asked?.headers.accept, 'text/event-stream')
  t.equal(asked?.query.get('ack'), 'next')
  t.equal(asked?.query.get('wait'), null, 'the service decides how long a stream lasts')
})

t.test('the notification at which the loop ends early is not acknowledged, and the stream is closed', async (t) => {
  const closed = Promise.withResolvers<void>()
  const server = await scriptedServer(t, (response, asked) => {
    response.once('close', closed.resolve)
    streams(event('a') + event('b'))(response, asked)
  })
  for await (const { id } of notifications({ ...sse, url: server.url })) if (id === 'b') break
  await closed.promise
  t.same(server.acknowledged, [{ cursor: 'c-a' }])
})

t.test('many notifications in a row need few acknowledgements, the last of which names the newest', async (t) => {
  const many = Array.from({ length: 200 }, (_, i) => event(`n${i}`))
  const server = await scriptedServer(t, streams(many.join(''), event('end')))
  const stop = new AbortController()
  for await (const { id } of notifications({ ...sse, url: server.url, signal: stop.signal })) {
    if (id === 'end') stop.abort()
  }
  t.ok(server.acknowledged.length < 100, `${server.acknowledged.length}`)
  t.same(server.acknowledged.at(-1), { cursor: 'c-end' })
})

t.test(
  'after bye a client reconnects when the service wants, with the cursor of the last handled notification',
  async (t) => {
    const server = await scriptedServer(t, streams(event('a') + bye), streams(event('a'), event('b')))
    const { pauses, pause } = noPauses()
    const seen: string[] = []
    for await (const { id } of notifications({ ...sse, url: server.url }, { pause })) {
      seen.push(id)
      if (id === 'b') break
    }
    t.same(seen, ['a', 'b'], 'duplicates are dropped on streams too')
    t.same(pauses, [1234])
    const cursor = server.polls[1]?.query.get('cursor') ?? null
    t.ok(cursor === 'c-a' || server.acknowledged.some((body) => (body as { cursor: string }).cursor === 'c-a'))
  },
)

t.test('a broken stream is opened again, after a pause that grows while no notification comes', async (t) => {
  const cut: Step = (response, asked) => {
    streams()(response, asked)
    setImmediate(() => response.destroy())
  }
  const ended: Step = (response, asked) => {
    streams()(response, asked)
    response.end()
  }
  const server = await scriptedServer(t, cut, ended, refuses(503, 'ERROR_DRAINING'), streams(event('a')))
  const { pauses, pause } = noPauses()
  for await (const _ of notifications({ ...sse, url: server.url }, { pause, random: () => 1 })) break
  t.same(pauses, [250, 500, 1000])
})

t.test('a stream that is silent for too long is opened again', async (t) => {
  const closed = Promise.withResolvers<void>()
  const server = await scriptedServer(
    t,
    (response, asked) => {
      response.once('close', closed.resolve)
      streams()(response, asked)
    },
    streams(event('a')),
  )
  const { pause } = noPauses()
  for await (const _ of notifications({ ...sse, url: server.url }, { pause, idleMs: 100 })) break
  await closed.promise
})

t.test('comments keep a stream alive, and so does a notification that is being handled', async (t) => {
  const server = await scriptedServer(t, (response, asked) => {
    streams(event('a'))(response, asked)
    let beats = 0
    const beat = setInterval(() => {
      response.write(': still there\n\n')
      if (++beats < 40) return
      clearInterval(beat)
      response.write(event('b'))
    }, 10)
    response.once('close', () => clearInterval(beat))
  })
  for await (const { id } of notifications({ ...sse, url: server.url }, { idleMs: 200 })) {
    if (id === 'b') break
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  t.equal(server.polls.length, 1)
})

t.test(
  'events are read with all line ends, in all chunks, with several data lines, and without an event name',
  async (t) => {
    const pretty = JSON.stringify({ ...notification('a'), body: 'grüße ☃' }, null, 2)
    const lines = [
      '\uFEFF: hello',
      '',
      `id:${'c-a'}`,
      ...pretty.split('\n').map((line) => `data: ${line}`),
      'unknown: x',
      '',
      '',
    ]
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(lines.join(lineEnd))
      const server = await scriptedServer(t, async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.socket?.setNoDelay(true)
        for (const byte of bytes) {
          response.write(Buffer.of(byte))
          await new Promise(setImmediate)
        }
        // Shows that no line feed follows the last carriage return, which ends the event.
        response.write(': more')
      })
      const stop = new AbortController()
      for await (const found of notifications({ ...sse, url: server.url, signal: stop.signal })) {
        t.equal(found.body, 'grüße ☃', JSON.stringify(lineEnd))
        stop.abort()
      }
      t.same(server.acknowledged, [{ cursor: 'c-a' }])
    }
  },
)

t.test('unknown events and events without data are ignored', async (t) => {
  const odd = 'event: news\ndata: not even JSON\n\nid: 7\n\nevent: notification\n\ndata\n\n'
  const server = await scriptedServer(t, streams(odd, event('a')))
  for await (const { id } of notifications({ ...sse, url: server.url })) {
    t.equal(id, 'a')
    break
  }
  t.equal(server.polls.length, 1)
})

t.test('an endless event is given up', async (t) => {
  const endless = (response: ServerResponse, asked: Asked) => {
    streams()(response, asked)
    const piece = `data: ${'x'.repeat(1_000_000)}\n`
    const more = () => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', more)
    more()
  }
  const server = await scriptedServer(t, endless, streams(event('a')))
  const { pauses, pause } = noPauses()
  for await (const _ of notifications({ ...sse, url: server.url }, { pause })) break
  t.equal(pauses.length, 1)
})

t.test('a service that answers without a stream is polled', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a', 'b'), nothing, answers('c2', 'c'))
  const { pause } = noPauses()
  const stop = new AbortController()
  const seen: string[] = []
  for await (const { id } of notifications({ ...sse, url: server.url, signal: stop.signal }, { pause })) {
    seen.push(id)
    if (id === 'c') stop.abort()
  }
  t.same(seen, ['a', 'b', 'c'])
  t.same(server.acknowledged.at(-1), { cursor: 'c2' })
})
