import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
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

t.test('the script is served to pages of any origin, once per version', async (t) => {
  const url = await serve(t)
  const response = await fetch(url)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
  t.equal(response.headers.get('cache-control'), 'no-cache')
  t.equal(response.headers.get('access-control-allow-origin'), '*')
  const script = await response.text()

  const head = await fetch(url, { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(Number(head.headers.get('content-length')), Buffer.byteLength(script))
  t.equal(await head.text(), '')

  const etag = response.headers.get('etag') ?? ''
  t.match(etag, /^"[\w-]{43}"$/)
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await fetch(url, { headers: { 'if-none-match': known }, cache: 'no-store' })
    t.equal(again.status, 304, known)
    t.equal(again.headers.get('etag'), etag)
    t.equal(await again.text(), '')
  }
  t.equal((await fetch(url, { headers: { 'if-none-match': '"other"' }, cache: 'no-store' })).status, 200)
})

t.test('the script is one small module without imports', async (t) => {
  const script = await (await fetch(await serve(t))).text()
  t.notMatch(script, /^import /m)
  t.notMatch(script, '/**')
  const size = gzipSync(script).length
  t.ok(size < 6000, `${size} bytes`)
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

t.test('the code of the client matches its types', async (t) => {
  const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc')
  const checking = execFile(process.execPath, [tsc, '-p', join(folder, 'src', 'clients', 'javascript')])
  let output = ''
  checking.stdout?.on('data', (piece: string) => {
    output += piece
  })
  const [code] = await once(checking, 'close')
  t.equal(output, '')
  t.equal(code, 0)
})
