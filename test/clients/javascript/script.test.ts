import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import * as library from 'notification-service/client'
import t, { type Test } from 'tap'
import { clientScript } from '../../../src/http/client-script.ts'
import { answers, scriptedServer } from './scripted-server.ts'

const folder = fileURLToPath(new URL('../../../', import.meta.url))

async function serve(t: Test): Promise<string> {
  const app = Fastify()
  await app.register(clientScript)
  t.teardown(() => app.close())
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/client.js`
}

/** Requests the bytes as they go over the wire: `fetch` decodes them. */
async function onTheWire(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const [answer] = (await once(request(url, { method, headers, agent: false }).end(), 'response')) as [IncomingMessage]
  const bytes = await buffer(answer)
  return { status: answer.statusCode, headers: answer.headers, bytes, etag: answer.headers.etag ?? '' }
}

t.test('the script is served to pages of any origin, once per version', async (t) => {
  const url = await serve(t)
  const { status, headers, bytes, etag } = await onTheWire(url)
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/javascript; charset=utf-8')
  t.equal(headers['cache-control'], 'no-cache')
  t.equal(headers['access-control-allow-origin'], '*')
  t.equal(headers['content-encoding'], undefined)

  const head = await onTheWire(url, {}, 'HEAD')
  t.equal(head.status, 200)
  t.equal(Number(head.headers['content-length']), bytes.length)
  t.equal(head.bytes.length, 0)

  t.match(etag, /^"[\w-]{43}"$/)
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await onTheWire(url, { 'if-none-match': known })
    t.equal(again.status, 304, known)
    t.equal(again.etag, etag)
    t.equal(again.bytes.length, 0)
  }
  t.equal((await onTheWire(url, { 'if-none-match': '"other"' })).status, 200)
})

t.test('the script is compressed as the request prefers, and caches can tell the codings apart', async (t) => {
  const url = await serve(t)
  const plain = await onTheWire(url)
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync, none: (bytes: Buffer) => bytes }
  const etags = new Set<string>()
  for (const [accepted, coding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP;q=0.9, br;q=0.1', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity, gzip;q=0.5', 'none'],
    ['gzip;q=0', 'none'],
    ['*', 'none'],
    ['', 'none'],
    ['gzip;q=many', 'none'],
  ] as const) {
    const { status, headers, bytes, etag } = await onTheWire(url, { 'accept-encoding': accepted })
    t.equal(status, 200)
    t.equal(headers['content-encoding'], coding === 'none' ? undefined : coding, accepted)
    t.equal(headers.vary, 'accept-encoding')
    t.equal(Number(headers['content-length']), bytes.length)
    t.ok(decoders[coding](bytes).equals(plain.bytes), accepted)
    const again = await onTheWire(url, { 'accept-encoding': accepted, 'if-none-match': etag })
    t.match(again, { status: 304, etag, headers: { vary: 'accept-encoding' } })
    etags.add(etag)
  }
  t.equal(etags.size, 3, 'each coding has a tag of its own')
})

t.test('many who ask at once for a coding that is not made yet get the same bytes', async (t) => {
  const url = await serve(t)
  const ask = () => onTheWire(url, { 'accept-encoding': 'br' })
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  t.equal(new Set(answers.map(({ bytes }) => bytes.toString('base64'))).size, 1)
  t.ok(answers.every(({ status }) => status === 200))
})

t.test('the types of the script are beside it, where its header says', async (t) => {
  const url = await serve(t)
  const named = (await onTheWire(url)).headers['x-typescript-types']
  const types = await onTheWire(new URL(String(named), url).href)
  t.equal(types.status, 200)
  t.equal(types.headers['content-type'], 'application/typescript; charset=utf-8')
  t.equal(types.bytes.toString(), readFileSync(join(folder, 'src/clients/javascript/client.d.ts'), 'utf8'))
})

t.test('the script is one module without imports, as small over the wire as the pages say', async (t) => {
  const url = await serve(t)
  const script = (await onTheWire(url)).bytes.toString()
  t.notMatch(script, /^import /m)
  t.notMatch(script, '/**')
  for (const page of ['README.md', 'docs/clients.md']) {
    const [, kilobytes] = /less than (\d+) kB/.exec(readFileSync(join(folder, page), 'utf8')) ?? []
    for (const coding of ['br', 'gzip']) {
      const { bytes } = await onTheWire(url, { 'accept-encoding': coding })
      t.ok(bytes.length < Number(kilobytes) * 1000, `${page}: ${bytes.length} bytes as ${coding}`)
    }
  }
})

t.test('the script has the exports of the package, and works like the package', async (t) => {
  const script = await (await fetch(await serve(t))).text()
  const served: typeof library = await import(`data:text/javascript,${encodeURIComponent(script)}`)
  t.same(Object.keys(served), Object.keys(library))
  for (const transport of ['long-poll', 'sse'] as const) {
    const server = await scriptedServer(t, answers('c1', 'a', 'b'))
    const source = new served.Notifications({ url: server.url, getToken: () => 'token', transport, shareTabs: 'x' })
    const seen: string[] = []
    source.addEventListener('notification', ({ notification: { id } }) => seen.push(id))
    source.start()
    await server.has(() => server.polls.length === 2)
    await source.close()
    t.same(seen, ['a', 'b'])
  }
})
