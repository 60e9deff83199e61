import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { mint, signingKey } from '../support/issuer.ts'
import { keepSecret } from '../support/leaks.ts'
import { startServiceHere } from '../support/service-here.ts'
import type { Problem } from '../support/world.ts'

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow

t.test('the edge, which is the same in every mode', async (t) => {
  const world = await startClientQueueWorld(t)
  const { issuer } = world
  const service = await startServiceHere(t, { ...world.env, JWT_ISSUER: issuer.url })

  /** Polls with this header alone. */
  const pollWith = (authorization: string | undefined, path = '/notifications?wait=0') =>
    world.ask(service, path, authorization === undefined ? {} : { headers: { authorization } })

  t.test('every token that is not accepted is answered with 401 and a challenge', async (t) => {
    const [key] = issuer.keys
    if (key === undefined) throw new Error('the issuer has a key')
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const good = issuer.token({ sub: 'alice' })
    const [head = '', payload = ''] = good.split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    const claims = { iss: issuer.url, sub: 'alice', exp: seconds(60) }
    const cases: Record<string, [string | undefined, string]> = {
      'no token': [undefined, 'ERROR_INVALID_JWT'],
      'another scheme': ['Basic YTpi', 'ERROR_INVALID_JWT'],
      'an empty one': ['Bearer ', 'ERROR_INVALID_JWT'],
      'no JWT': ['Bearer x', 'ERROR_INVALID_JWT'],
      'no JSON': ['Bearer e30.e30.e30', 'ERROR_INVALID_SIGNATURE'],
      'a huge one': [`Bearer ${'x'.repeat(14_000)}`, 'ERROR_INVALID_JWT'],
      'no algorithm': [`Bearer ${none}`, 'ERROR_INVALID_SIGNATURE'],
      'no signature': [`Bearer ${head}.${payload}.`, 'ERROR_INVALID_SIGNATURE'],
      'another key': [
        `Bearer ${issuer.token({}, { key: { ...signingKey(), kid: key.kid } })}`,
        'ERROR_INVALID_SIGNATURE',
      ],
      'an unknown key': [`Bearer ${issuer.token({}, { header: { kid: 'nobody' } })}`, 'ERROR_INVALID_SIGNATURE'],
      'a key id that is an object': [
        `Bearer ${mint({ alg: 'RS256', kid: {} }, claims, key)}`,
        'ERROR_INVALID_SIGNATURE',
      ],
      'a key of its own': [
        `Bearer ${mint({ alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) }, claims, signingKey())}`,
        'ERROR_INVALID_SIGNATURE',
      ],
      expired: [`Bearer ${issuer.token({ exp: seconds(-1) })}`, 'ERROR_TOKEN_EXPIRED'],
      'no expiry': [`Bearer ${issuer.token({ exp: undefined })}`, 'ERROR_TOKEN_PROCESSABLE'],
      'not yet': [`Bearer ${issuer.token({ nbf: seconds(600) })}`, 'ERROR_TOKEN_PROCESSABLE'],
      'another issuer': [`Bearer ${issuer.token({ iss: 'https://elsewhere.example' })}`, 'ERROR_TOKEN_PROCESSABLE'],
      'no client': [`Bearer ${issuer.token({ sub: undefined })}`, 'ERROR_TOKEN_PROCESSABLE'],
      'a client with control characters': [`Bearer ${issuer.token({ sub: 'a\u0000b' })}`, 'ERROR_TOKEN_PROCESSABLE'],
    }
    for (const [name, [authorization, code]] of Object.entries(cases)) {
      if (authorization !== undefined) keepSecret(authorization.replace('Bearer ', ''))
      const response = await pollWith(authorization)
      t.equal(response.status, 401, name)
      t.equal(response.json<Problem>().error, code, name)
      t.match(response.headers.get('www-authenticate'), /^Bearer realm="notifications"/, name)
    }
    t.equal((await pollWith(`Bearer ${good}`)).status, 204, 'a good token is accepted')
    t.equal((await pollWith(`bearer  ${good}`)).status, 204, 'the scheme is case-insensitive')
  })

  t.test('the token is checked before the query and the body', async (t) => {
    t.equal((await pollWith(undefined, '/notifications?wait=-1')).status, 401)
    const huge = 'x'.repeat(1_000_000)
    for (const body of ['{', huge]) {
      const headers = { 'content-type': 'text/plain' }
      const response = await world.ask(service, '/notifications/ack', { method: 'POST', headers, body })
      t.equal(response.status, 401)
    }
    t.equal((await pollWith(undefined, '/sessions/alice')).status, 401)
  })

  t.test('a token in the URL is not accepted', async (t) => {
    const token = keepSecret(issuer.token({ sub: 'alice' }))
    for (const name of ['access_token', 'token']) {
      t.equal((await pollWith(undefined, `/notifications?wait=0&${name}=${token}`)).status, 401)
    }
  })

  t.test('two Authorization headers are refused', async (t) => {
    const connection = await world.connect(t, service)
    const { authorization } = world.bearer('alice')
    connection.request('GET', '/notifications?wait=0', { authorization, Authorization: authorization })
    t.equal((await connection.answer()).status, 401)
  })

  t.test('a token without the scope of an operation is answered with 403', async (t) => {
    const response = await pollWith(world.bearer('alice').authorization, '/sessions/alice')
    t.equal(response.status, 403)
    t.equal(response.json<Problem>().error, 'ERROR_FORBIDDEN')
    t.match(response.headers.get('www-authenticate'), /error="insufficient_scope", scope="sessions:read"/)
    const scoped = world.bearer('alice', { scope: ['x', 'sessions:read'] })
    t.equal((await pollWith(scoped.authorization, '/sessions/alice')).status, 200)
    const longer = world.bearer('alice', { scope: 'sessions:readers x:sessions:read' })
    t.equal((await pollWith(longer.authorization, '/sessions/alice')).status, 403)
  })

  t.test('the client id may come from another claim', async (t) => {
    const service = await startServiceHere(t, { ...world.env, CLIENT_ID_CLAIM: 'username' })
    const isOnline = async (clientId: string) => {
      const headers = world.bearer('x', { username: 'publisher', scope: 'sessions:read' })
      const response = await world.ask(service, `/sessions/${encodeURIComponent(clientId)}`, { headers })
      return response.json<{ online: boolean }>().online
    }
    for (const username of ['Ünï cödé/%?#"', 'ü'.repeat(512)]) {
      await world.poll(service, '', 'wait=0', { headers: world.bearer('not-this-one', { username }) })
      t.equal(await isOnline(username), true)
    }
    t.equal(await isOnline('not-this-one'), false)
  })

  t.test('tokens are answered with 503 until the keys of the issuer are known', async (t) => {
    issuer.behave('fail')
    t.teardown(() => issuer.behave('serve'))
    const service = await startServiceHere(t, world.env)
    const refused = await world.poll(service, 'alice', 'wait=0')
    t.equal(refused.status, 503)
    t.equal(refused.json<Problem>().error, 'ERROR_KEYS_UNAVAILABLE')
    t.match(refused.headers.get('retry-after'), /^\d+$/)
    t.match(await world.readiness(service), { status: 503, queue: 'ok', keys: /could not be fetched/ })
    t.equal((await world.health(service)).status, 'ok')
    issuer.behave('serve')
    await until(async () => (await world.poll(service, 'alice', 'wait=0')).status === 204)
    await until(async () => (await world.readiness(service)).status === 200)
    issuer.behave('hang')
    t.equal((await world.poll(service, 'bob', 'wait=0')).status, 204, 'the last good keys are still used')
  })

  t.test('a key that the issuer has added is found', async (t) => {
    const service = await startServiceHere(t, world.env)
    t.equal((await world.poll(service, 'alice', 'wait=0')).status, 204)
    issuer.rotate()
    t.equal((await world.poll(service, 'alice', 'wait=0')).status, 204)
  })

  t.test('a key endpoint that never answers does not keep the service from starting', async (t) => {
    issuer.behave('hang')
    t.teardown(() => issuer.behave('serve'))
    const service = await startServiceHere(t, world.env)
    t.equal((await world.health(service)).status, 'ok')
  })
})
