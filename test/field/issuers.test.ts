import { createHmac, createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { openEvents } from '../support/event-stream.ts'
import { mint, type SigningKey, signingKey } from '../support/issuer.ts'
import { keepSecret } from '../support/leaks.ts'
import { startServiceHere } from '../support/service-here.ts'
import type { World } from '../support/service-world.ts'
import type { Problem } from '../support/world.ts'
import { type FieldIssuer, type FieldToken, fieldIssuers, firebaseCertificates, type KeyAnswer } from './issuers.ts'

const page = readFileSync(new URL('../../docs/issuers.md', import.meta.url), 'utf8')
const issuers = fieldIssuers()

/** The settings that the page has for an issuer: the block under its heading. */
function settingsFor(name: string): Record<string, string> {
  const [, section = ''] = page.split(`\n## ${name}\n`)
  const [, block = ''] = /```sh\n(.*?)```/s.exec(section) ?? []
  return parseEnv(block) as Record<string, string>
}

/** Serves keys at just this path and query, as a name that loopback stands for. Returns the address. */
async function serveKeys(t: Test, url: string, answer: () => KeyAnswer): Promise<string> {
  const path = url.replace(/^https:\/\/[^/]+/, '')
  const server = createServer((request, response) => {
    const { body, headers } = answer()
    if (request.url === path) response.writeHead(200, headers).end(body)
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
}

/** The client that a token may poll as, or the error that refuses it. */
async function clientOf(t: Test, at: { url: string }, token: string): Promise<string> {
  const authorization = `Bearer ${keepSecret(token)}`
  const events = await openEvents(t, `${at.url}/notifications`, { authorization })
  if (events.status === 503) {
    // A busy machine says nothing about the token.
    await setTimeout(1_000)
    return clientOf(t, at, token)
  }
  if (events.status !== 200) {
    const refused = await fetch(`${at.url}/notifications?wait=0`, { headers: { authorization } })
    return ((await refused.json()) as Problem).error
  }
  const { data } = await events.next()
  events.hangUp()
  return (data as { clientId: string }).clientId
}

async function lookUp(world: World, at: { url: string }, token: string): Promise<number> {
  return (await world.ask(at, '/sessions/somebody', { headers: { authorization: `Bearer ${token}` } })).status
}

async function checkToken(t: Test, world: World, at: { url: string }, about: string, expected: FieldToken) {
  const { token, clientId, readsSessions } = expected
  t.equal(await clientOf(t, at, token), clientId ?? 'ERROR_TOKEN_PROCESSABLE', `${about}: the client`)
  t.equal(await lookUp(world, at, token), readsSessions ? 200 : 403, `${about}: the scope`)
}

/** Tokens that are almost an issuer's own. */
function forgeries({ tokens, signer, otherKey }: FieldIssuer): Readonly<Record<string, string>> {
  const [own] = Object.values(tokens)
  const [head = '', payload = '', signed = ''] = own?.token.split('.') ?? []
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const stranger = signingKey('RS256')
  const pem = createPublicKey(signer.privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const hmac = (secret: string) => {
    const input = `${Buffer.from(JSON.stringify({ ...header, alg: 'HS256' })).toString('base64url')}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const byStranger = (more: Record<string, unknown>) => mint({ ...header, ...more }, claims, stranger)
  const other = (key: SigningKey) => mint({ ...header, alg: 'RS256', kid: key.kid }, claims, key)
  return {
    'unsigned, alg none': `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}.${payload}.`,
    'HMAC with the public key': hmac(pem),
    'HMAC with the modulus': hmac(String(signer.jwk.n)),
    'a stranger under the same kid': byStranger({}),
    'a stranger who brings the key': byStranger({ jwk: stranger.jwk, kid: undefined }),
    'a stranger who names an address of keys': byStranger({ jku: 'http://127.0.0.1:1/keys', kid: 'theirs' }),
    'other claims under the signature': `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url')}.${signed}`,
    ...(otherKey === undefined ? {} : { 'a key that is for encryption': other(otherKey) }),
  }
}

t.test('the page has the settings of every issuer, and the service knows each of them', async (t) => {
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, name]) => name)
  t.same(
    sections.slice(2),
    issuers.map(({ name }) => name),
  )
  for (const { name } of issuers) {
    const settings = settingsFor(name)
    for (const setting of ['COGNITO_JWK_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'])
      t.ok(settings[setting], `${name}: ${setting}`)
    const config = readConfig({ ...settings, SQS_QUEUE_NAME_PREFIX: 'notifications' })
    for (const setting of Object.keys(settings)) t.ok(setting in config, `${name}: ${setting}`)
    t.equal(config.COGNITO_JWK_URL, settings.COGNITO_JWK_URL, `${name}: the address is used as it is given`)
  }
})

t.test('the service with the settings of the page', async (t) => {
  // An instance that stops waits for its last receive.
  t.jobs = 4
  const world = await startClientQueueWorld(t)

  for (const issuer of [...issuers, firebaseCertificates()]) {
    t.test(`${issuer.name} (${issuer.sources[0]})`, { buffered: true }, async (t) => {
      const { COGNITO_JWK_URL = '', ...settings } = settingsFor(issuer.name)
      const keysAt = await serveKeys(t, COGNITO_JWK_URL, () => issuer.answer)
      const service = await startServiceHere(t, { ...world.env, ...settings, COGNITO_JWK_URL: keysAt })
      for (const [about, expected] of Object.entries(issuer.tokens))
        await checkToken(t, world, service, about, expected)
      for (const [about, token] of Object.entries(forgeries(issuer))) {
        t.match(await clientOf(t, service, token), /^ERROR_INVALID/, about)
      }
      t.same(service.all("the issuer's keys could not be fetched"), [])
      t.equal(service.lines.filter(({ msg }) => msg.includes('are accepted as well')).length, 0, 'no warning')
    })
  }
})

t.test('each start warns in one line of the claims that are not checked', async (t) => {
  const world = await startClientQueueWorld(t)
  const table: readonly [settings: Record<string, string>, unset: readonly string[]][] = [
    [{}, ['JWT_ISSUER', 'JWT_AUDIENCE']],
    [{ JWT_ISSUER: 'https://issuer.example' }, ['JWT_AUDIENCE']],
    [{ JWT_AUDIENCE: 'notifications' }, ['JWT_ISSUER']],
    [{ JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'notifications' }, []],
  ]
  for (const [settings, unset] of table) {
    const service = await startServiceHere(t, { ...world.env, ...settings })
    const warnings = service.lines.filter(({ msg }) => /JWT_(ISSUER|AUDIENCE)/.test(msg))
    t.same(
      warnings.map((line) => line.unset),
      unset.length === 0 ? [] : [unset],
    )
    for (const name of unset) t.match(warnings[0]?.msg, name)
  }
})
