import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import {
  createRelay,
  postOverHttp,
  relayCounters,
  relayKeyHeader,
  relayPath,
  untracedCall,
} from '../../../src/adapters/relay/relay.ts'
import type { Peer } from '../../../src/delivery/peers/directory.ts'
import type { RelayEntry } from '../../../src/delivery/peers/relay.ts'

interface Asked {
  readonly path: string
  readonly key: unknown
  readonly entries: readonly RelayEntry[]
}

function needs(lines: [string, string][] = []) {
  const log = {
    info: (_: object, sentence: string) => void lines.push(['info', sentence]),
    warn: (_: object, sentence: string) => void lines.push(['warn', sentence]),
  }
  return { clock: systemClock, log, counters: relayCounters(), post: postOverHttp, callPeer: untracedCall }
}

/** Another instance, played by a server on loopback. */
async function startPeer(t: Test, answer: (response: ServerResponse, asked: Asked) => void) {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const one = { path: request.url ?? '', key: request.headers[relayKeyHeader], ...JSON.parse(text || '{}') } as Asked
    asked.push(one)
    answer(response, one)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const peer: Peer = {
    id: 'c0a80101-0000-4000-8000-000000000001',
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    queueUrl: '',
    relayKey: 'the key of the peer',
  }
  return { peer, asked }
}

const cursor = (clientId: string): RelayEntry => ({ kind: 'cursor', clientId, cursor: 'a.b.c' })

t.test('a peer is called with its own key, and entries of the same moment share a request', async (t) => {
  const { peer, asked } = await startPeer(t, (response, { entries }) => {
    response.end(JSON.stringify({ results: entries.map((_, i) => ({ acknowledged: i })) }))
  })
  const relay = createRelay(needs())
  const results = await Promise.all(['alice', 'bob', 'carol'].map((clientId) => relay.tell(peer, cursor(clientId))))
  t.same(
    results,
    [0, 1, 2].map((acknowledged) => ({ acknowledged, unknown: [], live: false })),
    'members that were left out have a value too',
  )
  t.same(asked, [{ path: relayPath, key: peer.relayKey, entries: ['alice', 'bob', 'carol'].map(cursor) }])
})

t.test('a redirect of a peer is not followed', async (t) => {
  const other = await startPeer(t, (response) => response.end('{"results":[{"live":true}]}'))
  for (const status of [301, 302, 307, 308]) {
    const { peer } = await startPeer(t, (response) => {
      response.writeHead(status, { location: other.peer.address + relayPath }).end()
    })
    await t.rejects(createRelay(needs()).tell(peer, cursor('alice')))
  }
  t.same(other.asked, [], 'and its key is given to nobody else')
})

t.test('a response that is not valid is a failure, within the deadline', { jobs: 5 }, async (t) => {
  const answers: Record<string, (response: ServerResponse) => void> = {
    'a refusal': (response) => response.writeHead(404).end('{}'),
    'something that is not JSON': (response) => response.end('<html>'),
    'JSON without results': (response) => response.end('{}'),
    'too few results': (response) => response.end('{"results":[]}'),
    'a connection that breaks': (response) => response.socket?.destroy(),
    nothing: () => {},
    'an answer without end': (response) => {
      const piece = Buffer.alloc(65_536, ' ')
      const more = () => {
        while (response.write(piece));
      }
      response.writeHead(200).on('drain', more)
      more()
    },
    'half an answer': (response) => response.writeHead(200, { 'content-length': 100 }).write('{'),
  }
  for (const [what, answer] of Object.entries(answers)) {
    t.test(what, { buffered: true }, async (t) => {
      const { peer } = await startPeer(t, answer)
      const began = performance.now()
      await t.rejects(createRelay(needs()).tell(peer, cursor('alice')))
      t.comment(`after ${Math.round(performance.now() - began)} ms`)
    })
  }
})

t.test('an answer without end is read up to a bound, and its connection is closed', async (t) => {
  const piece = Buffer.alloc(65_536, ' ')
  const closed = Promise.withResolvers<void>()
  const { peer } = await startPeer(t, (response) => {
    const more = () => {
      while (response.write(piece));
    }
    response.writeHead(200).on('drain', more).on('close', closed.resolve)
    more()
  })
  await t.rejects(postOverHttp(peer.address, peer.relayKey, []), { message: /answered with more than 4194304 bytes/ })
  await closed.promise
})

t.test('a peer that restarted with another key is called with that key', async (t) => {
  const { peer, asked } = await startPeer(t, (response) => response.end('{"results":[{}]}'))
  const relay = createRelay(needs())
  await relay.tell(peer, cursor('alice'))
  await relay.tell({ ...peer, relayKey: 'its new key' }, cursor('alice'))
  t.same(
    asked.map(({ key }) => key),
    [peer.relayKey, 'its new key'],
  )
})

t.test('a peer that cannot be reached is one line in the log, and another when it can be reached again', async (t) => {
  let status = 503
  const { peer } = await startPeer(t, (response) => {
    response.statusCode = status
    response.end('{"results":[{}]}')
  })
  const lines: [string, string][] = []
  const parts = needs(lines)
  const relay = createRelay(parts)
  await relay.check([peer])
  for (let i = 0; i < 3; i++) await t.rejects(relay.tell(peer, cursor('alice')))
  t.match(lines, [['warn', /cannot be reached at its address/]])
  t.equal(lines.length, 1)
  status = 200
  await relay.tell(peer, cursor('alice'))
  await relay.check([peer])
  t.same(lines.slice(1), [['info', 'an instance can be reached again']])
  t.match(parts.counters, { sent: { cursor: 1 }, failed: { refused: 4, unreachable: 0 } }, 'a check is no entry')
})
