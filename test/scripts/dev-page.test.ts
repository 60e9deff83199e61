import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { devPage } from '../../scripts/dev-page/dev-page.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { issuerKeyFile, writeStackFile } from '../../scripts/stack/stack-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Serves the page alone, with the files of a local stack. */
async function serve(t: Test): Promise<string> {
  const folder = await temporaryFolder(t)
  await keptSigningKey(issuerKeyFile(folder))
  const ports = { services: [8_080, 8_081] }
  writeStackFile(folder, { ports, serviceUrl: null, sqsEndpoint: null, intakeQueueUrl: null, region: 'us-east-1' })
  const app = Fastify()
  await app.register(devPage(folder))
  t.teardown(() => app.close())
  return app.listen({ host: '127.0.0.1', port: 0 })
}

t.test('the page has all files that it refers to, and may connect only to the instances of its stack', async (t) => {
  const url = await serve(t)
  const named = new Set(['/'])
  for (const path of named) {
    const response = await fetch(url + path)
    t.equal(response.status, 200, path)
    t.equal(response.headers.get('cache-control'), 'no-store')
    const text = await response.text()
    for (const [, found = ''] of text.matchAll(/(?:href|src)="(\/dev\/[^"]+)"/g)) named.add(found)
    for (const [, found] of text.matchAll(/from '\.\/([^']+)'/g)) named.add(`/dev/${found}`)
    if (path !== '/') continue
    const policy = response.headers.get('content-security-policy')?.split('; ') ?? []
    t.ok(policy.includes("default-src 'self'"))
    const [, ...talksTo] = policy.find((rule) => rule.startsWith('connect-src'))?.split(' ') ?? []
    const ports = ['8080', '8081', new URL(url).port]
    t.same(
      talksTo.sort(),
      ["'self'", ...ports.flatMap((port) => [`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`])].sort(),
    )
    t.notMatch(text, /<script>|<style|style=|\son\w+=/, 'nothing inline')
    t.notMatch(text, /"https?:/, 'nothing from other servers')
  }
  t.ok(named.size > 5)
  t.same(await (await fetch(`${url}/dev/instances`)).json(), {
    instances: ['http://127.0.0.1:8080', 'http://127.0.0.1:8081'],
  })
})

t.test('a token has the requested client and lifetime', async (t) => {
  const url = await serve(t)
  const response = await fetch(`${url}/dev/token?client=alice&ttl=5&scope=sessions:read`, { method: 'POST' })
  const { token } = (await response.json()) as { token: string }
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  t.match(claims, { sub: 'alice', scope: 'sessions:read' })
  t.equal(claims.exp - claims.iat, 5)
  for (const query of ['', 'client=alice&ttl=0', 'client=alice&ttl=x', 'client=alice&ttl=86401']) {
    t.not((await fetch(`${url}/dev/token?${query}`, { method: 'POST' })).status, 200, query)
  }
})

t.test('foreign pages get no token, and nothing under another name of this host', async (t) => {
  const url = await serve(t)
  const ask = (headers: Record<string, string>) => fetch(`${url}/dev/token?client=alice`, { method: 'POST', headers })
  t.equal((await ask({ 'sec-fetch-site': 'same-origin' })).status, 200)
  for (const site of ['cross-site', 'same-site', 'none']) {
    t.not((await ask({ 'sec-fetch-site': site })).status, 200, site)
  }
  const app = Fastify()
  const folder = await temporaryFolder(t)
  await keptSigningKey(issuerKeyFile(folder))
  await app.register(devPage(folder))
  for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example']) {
    t.not((await app.inject({ url: '/', headers: { host } })).statusCode, 200, host)
  }
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080']) {
    t.equal((await app.inject({ url: '/', headers: { host } })).statusCode, 200, host)
  }
  await app.close()
})
