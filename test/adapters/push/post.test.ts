import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { publicAddresses } from '../../../src/adapters/push/addresses.ts'
import { allowedEndpoint } from '../../../src/adapters/push/endpoint.ts'
import { openPost } from '../../../src/adapters/push/post.ts'
import { startNameServer } from '../../support/name-server.ts'

const never = new AbortController().signal
const call = (url: string) => ({ url: new URL(url), headers: { ttl: '1' }, body: null })

/** A server on loopback that counts its connections. */
async function listen(t: Pick<Test, 'teardown'>, answer: Parameters<Server['on']>[1]) {
  const server = createServer().on('request', answer)
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    get connections() {
      return connections
    },
  }
}

function openGuarded(t: Pick<Test, 'teardown'>, nameServer: string) {
  const addresses = publicAddresses([nameServer])
  const post = openPost({ addresses })
  t.teardown(() => post.close())
  return { addresses, post }
}

t.test('no connection is made to an address that is not public, whatever leads to it', async (t) => {
  const names = new Map<string, readonly string[] | null>([
    ['inside.example', ['127.0.0.1']],
    ['mapped.example', ['::ffff:7f00:1']],
    ['mixed.example', ['8.8.8.8', '127.0.0.1']],
    ['sixes.example', ['2606:4700::1', '::1']],
  ])
  const inside = await listen(t, (_request, response) => response.end())
  const { post } = openGuarded(t, await startNameServer(t, names))
  const hosts = [...names.keys(), '127.0.0.1', '127.1', '0x7f000001', '2130706433', '017700000001', '[::1]', '0.0.0.0']
  for (const host of [
    ...hosts,
    '[::ffff:127.0.0.1]',
    'localhost',
    'LOCALHOST.',
    'x.localhost',
    'sqs',
    '[64:ff9b::7f00:1]',
  ]) {
    const answer = await post.post(call(`http://${host}:${inside.port}/push`), never)
    t.same(answer, { kind: 'not-public' }, host)
  }
  t.equal(inside.connections, 0)
})

t.test('a name that is public when the device is put and private when it is woken is not connected to', async (t) => {
  const names = new Map([['rebinding.example', ['8.8.8.8']]])
  const inside = await listen(t, (_request, response) => response.end())
  const { addresses, post } = openGuarded(t, await startNameServer(t, names))
  const endpoint = `https://rebinding.example:${inside.port}/push`
  t.equal(await allowedEndpoint(endpoint, { addresses, publicUrl: null }), endpoint)
  names.set('rebinding.example', ['127.0.0.1'])
  t.same(await post.post(call(endpoint), never), { kind: 'not-public' })
  t.equal(inside.connections, 0)
})

t.test('a connection goes to the addresses that were checked', async (t) => {
  const names = new Map([['push.example', ['8.8.8.8', '2606:4700::1']]])
  const { addresses } = openGuarded(t, await startNameServer(t, names))
  const lookUp = (options: { all?: boolean }) =>
    new Promise((resolve) => addresses.lookup('push.example', options, (...found) => resolve(found)))
  t.same(await lookUp({ all: true }), [
    null,
    [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ],
  ])
  t.same(await lookUp({}), [null, '8.8.8.8', 4])
})

t.test('an endpoint is refused when it is not at public addresses over https', async (t) => {
  const names = new Map<string, readonly string[] | null>([
    ['push.example', ['8.8.8.8']],
    ['inside.example', ['10.0.0.7']],
    ['failing.example', null],
  ])
  const { addresses } = openGuarded(t, await startNameServer(t, names))
  const publicUrl = 'https://notifications.example/base'
  const endpoint = (text: string) => allowedEndpoint(text, { addresses, publicUrl })
  t.equal(await endpoint('https://PUSH.example:443/a/../b?c=d#e'), 'https://push.example/b?c=d')
  t.equal(await endpoint('https://8.8.8.8/'), 'https://8.8.8.8/')
  for (const later of ['https://failing.example/', 'https://unknown.example/']) {
    t.equal(await endpoint(later), later, 'it is checked again for each push')
  }
  const bad = {
    'http://push.example/': /https/,
    'push.example': /https/,
    'file:///etc/passwd': /https/,
    'https://user:secret@push.example/': /user/,
    'https://notifications.example/callback/x': /at this service/,
    'https://notifications.example./callback/x': /at this service/,
    'https://NOTIFICATIONS.example.:443/callback/x': /at this service/,
    'https://inside.example/': /public addresses/,
    'https://169.254.169.254/latest/meta-data': /public addresses/,
    'https://0251.0376.0251.0376/': /public addresses/,
    'https://[fd00:ec2::254]/': /public addresses/,
    'https://localhost/': /public addresses/,
    'https://metadata/': /public addresses/,
  }
  for (const [text, message] of Object.entries(bad)) {
    await t.rejects(endpoint(text), { code: 'ERROR_INVALID_ARGUMENT', message }, text)
  }
  t.equal(await allowedEndpoint('http://localhost:1/x', { addresses: null, publicUrl }), 'http://localhost:1/x')
})

t.test('a body that never ends is not read for long', async (t) => {
  const chunk = Buffer.alloc(65_536)
  let written = 0
  let closed = false
  const { port } = await listen(t, (_request, response) => {
    response.on('close', () => {
      closed = true
    })
    const write = () => {
      for (;;) {
        if (response.destroyed) return
        written += chunk.length
        if (!response.write(chunk)) break
      }
      response.once('drain', write)
    }
    write()
  })
  const post = openPost({ addresses: null })
  t.teardown(() => post.close())
  t.match(await post.post(call(`http://127.0.0.1:${port}/`), never), { kind: 'answered', status: 200 })
  // The buffers of the kernel take some megabytes of it.
  t.ok(written < 64 * 1_048_576, `${written} bytes`)
  while (!closed) await new Promise((resolve) => setTimeout(resolve, 10))
})
