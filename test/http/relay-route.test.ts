import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApp } from '../../src/http/app.ts'
import { relayRoute } from '../../src/http/relay-route.ts'

const path = '/internal/relay'
const keyHeader = 'x-relay-key'
const quiet = { info() {}, warn() {}, error() {}, debug() {} }

async function start(t: Test) {
  const heard: unknown[] = []
  let key = 'the key of this instance'
  const app = createApp({ clock: systemClock, maxBodyBytes: 262_144, log: quiet })
  t.teardown(() => app.close())
  await app.register((scope) =>
    relayRoute(scope, {
      path,
      keyHeader,
      key: () => key,
      async receive(values) {
        heard.push(...values)
        return values.map((_, i) => ({ acknowledged: i }))
      },
    }),
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  async function ask(body: string, init: { key?: string; path?: string; method?: string; headers?: object } = {}) {
    const given = init.key === undefined ? {} : { [keyHeader]: init.key }
    const response = await fetch(url + (init.path ?? path), {
      method: init.method ?? 'POST',
      headers: { 'content-type': 'application/json', ...given, ...init.headers },
      ...(init.method === 'GET' ? {} : { body }),
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const tell = (entries: unknown) => ask(JSON.stringify({ entries }), { key })
  const newKey = (next: string) => {
    key = next
  }
  return { ask, tell, heard, newKey }
}

const moved = { kind: 'moved', clientId: 'alice', cursors: ['a.b.c'], recordedAt: 1 }

t.test('the response to a batch has the result of each entry', async (t) => {
  const { tell, heard } = await start(t)
  const { status, text } = await tell([moved, null, moved])
  t.equal(status, 200)
  t.same(heard, [moved, null, moved])
  t.same(JSON.parse(text), { results: [{ acknowledged: 0 }, { acknowledged: 1 }, { acknowledged: 2 }] })
})

t.test('without the current key the path is like any unknown path', async (t) => {
  const { ask, heard, newKey } = await start(t)
  const body = JSON.stringify({ entries: [moved] })
  const bare = ({ status, headers, text }: Awaited<ReturnType<typeof ask>>) => {
    const { context: _, ...problem } = JSON.parse(text)
    const shown = [...headers].filter(([name]) => !['date', 'trace-id', 'content-length'].includes(name))
    return { status, problem, headers: shown }
  }
  const unknown = bare(await ask(body, { path: '/internal/unknown' }))
  t.match(unknown, { status: 404, problem: { error: 'ERROR_NOT_FOUND' } })
  const old = 'the key of this instance'
  newKey('the key of a new start!!')
  for (const key of [undefined, '', 'wrong', old, `${old} `, 'ö'.repeat(old.length)]) {
    t.same(bare(await ask(body, key === undefined ? {} : { key })), unknown, String(key))
  }
  t.same(bare(await ask('no JSON', { key: 'wrong' })), unknown)
  t.same(bare(await ask(body, { key: 'wrong', headers: { 'content-type': 'text/plain' } })), unknown)
  t.same(bare(await ask('', { method: 'GET', key: 'the key of a new start!!' })), unknown)
  newKey('')
  t.same(bare(await ask(body, { key: '' })), unknown, 'an instance that has not joined yet has no key')
  t.same(heard, [])
})

t.test('a body that is not a batch is 400 for a peer with the key', async (t) => {
  const { ask, tell, heard } = await start(t)
  const key = 'the key of this instance'
  for (const body of ['', '{}', 'null', '[]', '{"entries":{}}', '{"entries":', 'x'.repeat(100)]) {
    t.equal((await ask(body, { key })).status, 400, body.slice(0, 20))
  }
  t.equal((await tell(['x'.repeat(8 * 1_048_576)])).status, 413)
  t.same(heard, [])
  const large = { ...moved, clientId: 'x'.repeat(4 * 1_048_576) }
  t.equal((await tell([large])).status, 200, 'a batch is larger than a body of the contract may be')
})
