import { request } from 'node:http'
import t, { type Test } from 'tap'
import { startPageServer } from '../../scripts/dev-page/server/page-server.ts'
import { queuesOf } from '../../scripts/dev-page/server/queues.ts'
import { sqsClient } from '../../scripts/stack/publisher.ts'
import type { Instance } from '../../scripts/stack/restartable.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { startSqs } from '../../scripts/stack/sqs.ts'
import { issuerKeyFile } from '../../scripts/stack/stack-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Serves the page beside a real SQS, and instances that only note what is asked of them. */
async function serve(t: Test) {
  const key = await keptSigningKey(issuerKeyFile(await temporaryFolder(t)))
  const sqs = await startSqs({ dataDir: null, wanted: [] })
  t.teardown(() => sqs[Symbol.asyncDispose]())
  const client = sqsClient(sqs.endpoint, sqs.region)
  t.teardown(() => client.destroy())
  const asked: string[] = []
  const note = async (act: string) => void asked.push(act)
  const instances = [8_080, 8_081].map(
    (port) =>
      ({
        ...{ url: `http://127.0.0.1:${port}`, state: 'running', exit: null },
        askToLeave: () => note(`stop ${port}`),
        kill: () => note(`kill ${port}`),
        start: () => note(`start ${port}`),
      }) as unknown as Instance,
  )
  const server = await startPageServer(0, {
    ...{ mode: 2, vapidPublicKey: null, key, sqs, countStored: null },
    instances: () => instances,
    queues: queuesOf(sqs, client),
  })
  t.teardown(() => server[Symbol.asyncDispose]())
  // biome-ignore lint/suspicious/noExplicitAny: tests say of each response which members it has
  const json = async (path: string, init: RequestInit = {}): Promise<any> =>
    (await fetch(server.url + path, init)).json()
  return { url: server.url, asked, json, sqs }
}

t.test('the page has all files that it refers to, and may connect only to the instances of its stack', async (t) => {
  const { url } = await serve(t)
  const named = new Set(['/'])
  for (const path of named) {
    const response = await fetch(url + path)
    t.equal(response.status, 200, path)
    const text = await response.text()
    for (const [, found = ''] of text.matchAll(/(?:href|src)="(\/dev\/[^"]+)"/g)) named.add(found)
    for (const [, found] of text.matchAll(/from '\.\/([^']+)'/g)) named.add(`/dev/${found}`)
    if (path !== '/') continue
    t.equal(response.headers.get('cache-control'), 'no-store')
    const policy = response.headers.get('content-security-policy')?.split('; ') ?? []
    t.ok(policy.includes("default-src 'self'"))
    const [, ...talksTo] = policy.find((rule) => rule.startsWith('connect-src'))?.split(' ') ?? []
    t.same(
      talksTo.sort(),
      ["'self'", ...[8_080, 8_081].flatMap((port) => [`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`])].sort(),
    )
    t.notMatch(text, /<script>|<style|style=|\son\w+=/, 'nothing inline')
    t.notMatch(text, /"https?:/, 'nothing from other servers')
  }
  t.ok(named.size > 15)
  t.equal((await fetch(`${url}/client.js`)).status, 200)
  for (const path of ['/dev/tsconfig.json', '/dev/instance.ts', '/dev/server/files.ts']) {
    t.equal((await fetch(url + path)).status, 404, path)
  }
})

t.test('a token has the requested client and lifetime, as JSON or as it is', async (t) => {
  const { url, json } = await serve(t)
  const { token } = await json('/dev/token?client=alice&ttl=5&scope=sessions:read', { method: 'POST' })
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  t.match(claimsOf(token), { sub: 'alice', scope: 'sessions:read' })
  t.equal(claimsOf(token).exp - claimsOf(token).iat, 5)
  const plain = await fetch(`${url}/dev/token?client=bob`, { method: 'POST', headers: { accept: 'text/plain' } })
  t.match(claimsOf(await plain.text()), { sub: 'bob' })
  for (const query of ['', 'client=alice&ttl=0', 'client=alice&ttl=x', 'client=alice&ttl=86401']) {
    t.match(await json(`/dev/token?${query}`, { method: 'POST' }), { error: 'ERROR_INVALID_ARGUMENT' }, query)
  }
})

t.test('foreign pages change nothing, and get nothing under another name of this host', async (t) => {
  const { url, asked } = await serve(t)
  for (const path of ['/dev/token?client=alice', '/dev/instances/1/stop']) {
    for (const site of ['cross-site', 'same-site', 'none']) {
      const response = await fetch(url + path, { method: 'POST', headers: { 'sec-fetch-site': site } })
      t.equal(response.status, 403, `${path} ${site}`)
    }
    const own = await fetch(url + path, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
    t.ok(own.ok, path)
  }
  t.same(asked, ['stop 8080'])
  const statusFor = (host: string) =>
    new Promise((resolve) => request(url, { headers: { host } }, ({ statusCode }) => resolve(statusCode)).end())
  for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example']) {
    t.equal(await statusFor(host), 403, host)
  }
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080']) t.equal(await statusFor(host), 200, host)
})

t.test('an instance is stopped, killed and started by its number', async (t) => {
  const { url, asked, json } = await serve(t)
  t.match(await json('/dev/stack'), { mode: 2, instances: [{ name: 'Instance 1', state: 'running', ended: null }, {}] })
  for (const act of ['stop', 'kill', 'start']) {
    t.equal((await fetch(`${url}/dev/instances/2/${act}`, { method: 'POST' })).status, 202)
  }
  t.same(asked, ['stop 8081', 'kill 8081', 'start 8081'])
  for (const path of ['3/stop', '0/stop', '1/pause']) {
    t.equal((await fetch(`${url}/dev/instances/${path}`, { method: 'POST' })).status, 404, path)
  }
})

t.test('a message goes to the intake queue, and dead letters are shown without being taken', async (t) => {
  const { json, sqs } = await serve(t)
  const post = (content: object) => {
    const headers = { 'content-type': 'application/json' }
    return json('/dev/messages', { method: 'POST', headers, body: JSON.stringify(content) })
  }
  t.match(await post({ body: 'hello', attributes: { addressee: 'alice' } }), { id: /^[0-9a-f-]{36}$/ })
  for (const wrong of [{ body: 'hello' }, { body: '', attributes: {} }]) {
    t.match(await post(wrong), { error: 'ERROR_INVALID_ARGUMENT' })
  }
  t.match(await json('/dev/waiting'), {
    queues: [{ name: 'notifications-intake', waiting: 1, hidden: 0 }],
    deadLetters: { count: 0, messages: [] },
    stored: null,
  })
  const client = sqsClient(sqs.endpoint, sqs.region)
  t.teardown(() => client.destroy())
  const toDeadLetters = queuesOf({ ...sqs, intakeQueueUrl: sqs.deadLetterQueueUrl }, client)
  await toDeadLetters.send('to whom?', { 'invalid-reason': 'nobody is named', subject: 'greeting' })
  await toDeadLetters.send('again and again', {})
  for (const _ of [1, 2]) {
    const { deadLetters } = await json('/dev/waiting')
    const letter = (text: string) => deadLetters.messages.find(({ body }: { body: string }) => body === text)
    t.match(deadLetters, { count: 2 })
    t.match(letter('to whom?'), { reason: 'nobody is named', attributes: { subject: 'greeting' } })
    t.match(letter('again and again'), { reason: /received as often as its queue allows/ })
  }
})
