import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { issuerKeys } from '../../src/http/tokens/issuer-keys.ts'
import { tokenVerifier } from '../../src/http/tokens/verify-token.ts'
import { certificateOf } from '../support/certificate.ts'
import { mint, type SigningKey, signingKey } from '../support/issuer.ts'
import type { KeyAnswer } from './issuers.ts'

/**
 * The paper around signatures: how key sets are served, written and changed, and how tokens are. Each row is a form that
 * some issuer uses, or that a bug report of a JWT library is about; the source stands beside the row.
 */

const seconds = Math.floor(Date.now() / 1000)
const claims = { sub: 'alice', iat: seconds, exp: seconds + 3600 }
const json = { 'content-type': 'application/json' }

/** A verifier whose keys come over HTTP from this path; the answer and the time can be changed. */
async function start(t: Test, answer: KeyAnswer, path = '/keys') {
  const state = { answer, ms: Date.now(), fetches: 0 }
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    state.fetches++
    if (request.url === path) response.writeHead(200, state.answer.headers).end(state.answer.body)
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const now = () => state.ms
  const lines: string[] = []
  const write = (fields: object, sentence: string) => lines.push(`${sentence} ${JSON.stringify(fields)}`)
  const log = { info: write, warn: write }
  const keys = issuerKeys({ jwksUrl, log, now })
  const app = Fastify()
  t.teardown(async () => {
    await Promise.all([keys.close(), app.close()])
    server.close()
    server.closeAllConnections()
  })
  const verify = await tokenVerifier(app, { keys, log, now })
  /** The client of the token, or the code of the error that refuses it. */
  const clientOf = async (token: string): Promise<string | null> => {
    try {
      return (await verify(`Bearer ${token}`)).clientId
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  return { state, asked, lines, keys, clientOf }
}

const signed = (key: SigningKey, header: object = {}, more: object = {}) =>
  mint({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }, { ...claims, ...more }, key)

t.test('a key set is read however it is served', async (t) => {
  const key = signingKey()
  const body = JSON.stringify({ keys: [key.jwk] })
  const certificate = certificateOf(createPublicKey(key.privateKey), key.privateKey, 'issuer')
  const forms: Readonly<Record<string, { body: string | Buffer; headers: Record<string, string> }>> = {
    'as JSON': { body, headers: json },
    'as a key set (RFC 7517, 8.5.2)': { body, headers: { 'content-type': 'application/jwk-set+json' } },
    // https://github.com/coreos/go-oidc/issues/498
    'as a key set with a charset': { body, headers: { 'content-type': 'application/jwk-set+json; charset=UTF-8' } },
    'as plain text': { body, headers: { 'content-type': 'text/plain' } },
    'as bytes': { body, headers: { 'content-type': 'application/octet-stream' } },
    'as HTML': { body, headers: { 'content-type': 'text/html' } },
    'without a type': { body, headers: {} },
    'with a byte order mark': { body: `\ufeff${body}`, headers: json },
    'with blanks around': { body: `\r\n\t ${body}\n\n`, headers: json },
    indented: { body: JSON.stringify({ keys: [key.jwk] }, null, 4), headers: json },
    compressed: { body: gzipSync(body), headers: { ...json, 'content-encoding': 'gzip' } },
    'never to be stored': { body, headers: { ...json, 'cache-control': 'no-store, max-age=0', pragma: 'no-cache' } },
    'to be stored for ever': { body, headers: { ...json, 'cache-control': 'public, immutable, max-age=31536000' } },
    'with members beside the keys': {
      body: JSON.stringify({ issuer: 'i', keys: [key.jwk], next: null }),
      headers: json,
    },
    // https://firebase.google.com/docs/auth/admin/verify-id-tokens
    'as certificates by kid': { body: JSON.stringify({ [key.kid]: certificate }), headers: json },
  }
  for (const [form, answer] of Object.entries(forms)) {
    const { clientOf } = await start(t, answer as KeyAnswer)
    t.equal(await clientOf(signed(key)), 'alice', form)
  }
})

t.test('the address of the keys is used as it is given', async (t) => {
  const key = signingKey()
  const answer = { body: JSON.stringify({ keys: [key.jwk] }), headers: json }
  const paths = [
    '/application/o/notifications/jwks/', // authentik
    '/discovery/v2.0/keys?appid=66666666-7777-8888-9999-000000000000', // Entra
    '/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com', // Firebase
    '/Realms/Example/Certs',
    '/realms/a%20b/certs',
    '/realms/a%2Fb/certs/',
    '/keys?a=1&a=2&b=%2F',
    '/keys//',
    '/keys.json;v=1',
    '/',
  ]
  for (const path of paths) {
    const { clientOf, asked } = await start(t, answer, path)
    t.equal(await clientOf(signed(key)), 'alice', path)
    t.same(asked, [path])
  }
})

t.test('one odd key never spoils the set', async (t) => {
  const key = signingKey()
  const odd: Readonly<Record<string, unknown>> = {
    'an Edwards curve without alg (go-oidc issue 498)': { kty: 'OKP', use: 'sig', crv: 'Ed448', kid: 'x', x: 'AAAA' },
    'post-quantum (RFC 9964, fusionauth-jwt issue 80)': { kty: 'AKP', alg: 'ML-DSA-65', kid: 'x', pub: 'AAAA' },
    'a key for encryption (Keycloak)': { ...signingKey().jwk, use: 'enc', alg: 'RSA-OAEP' },
    'an unknown use': { ...signingKey().jwk, use: 'tls' },
    'a symmetric key': { kty: 'oct', k: 'c2VjcmV0', kid: key.kid, alg: 'RS256' },
    'a weak key under the same kid': {
      ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
      kid: key.kid,
    },
    'a broken key under the same kid': { kty: 'RSA', kid: key.kid, n: '', e: 'AQAB' },
    'another key under the same kid (jwcrypto pull request 268)': { ...signingKey().jwk, kid: key.kid },
    'a key of another kind under the same kid (RFC 7517, 4.5)': { ...signingKey('ES256').jwk, kid: key.kid },
    'the same key twice (Entra)': key.jwk,
    'a key of no kind': { kid: 'x' },
    'an empty object': {},
    null: null,
    'a word': 'key',
    'a number': 7,
    'a list': [[]],
  }
  for (const [about, jwk] of Object.entries(odd)) {
    for (const keys of [
      [jwk, key.jwk],
      [key.jwk, jwk],
    ]) {
      const { clientOf } = await start(t, { body: JSON.stringify({ keys }), headers: json })
      t.equal(await clientOf(signed(key)), 'alice', about)
    }
  }
  const all = [...Object.values(odd), key.jwk, ...Object.values(odd)]
  const { clientOf } = await start(t, { body: JSON.stringify({ keys: all }), headers: json })
  t.equal(await clientOf(signed(key)), 'alice', 'all of them together')
})

t.test('members of a key that are null, empty or many do no harm', async (t) => {
  const key = signingKey()
  const members: Readonly<Record<string, object>> = {
    'alg null': { alg: null },
    'use null': { use: null },
    'key_ops empty': { key_ops: [] },
    'certificates null': { x5c: null, x5t: null, 'x5t#S256': '', x5u: null },
    'certificates that are none': { x5c: ['x'], x5t: 'x' },
    'members of others': {
      issuer: 'https://i',
      cloud_instance_name: 'x',
      status: 'ACTIVE',
      ext: true,
      exp: 1,
      nbf: seconds,
    },
    'everything absent that may be': { alg: undefined, use: undefined },
  }
  for (const [about, more] of Object.entries(members)) {
    const { clientOf } = await start(t, { body: JSON.stringify({ keys: [{ ...key.jwk, ...more }] }), headers: json })
    t.equal(await clientOf(signed(key)), 'alice', about)
  }
})

t.test('a key is found whatever is in its kid, and however its numbers are written', async (t) => {
  const kids: Readonly<Record<string, string>> = {
    'a URL (Azure Key Vault)': 'https://vault.example/keys/a/0123456789abcdef',
    'a fragment (decentralized identifiers)': 'did:web:issuer.example#key-1',
    'standard base64 (Spring Authorization Server)': 'a+b/c==',
    'blanks and quotes': `a "key" of 'ours'`,
    'other alphabets': 'ключ-鍵-🔑',
    'a property of every object': 'constructor',
    'another one': '__proto__',
    'two hundred characters': 'k'.repeat(200),
    'a date': '2026-11-28T00:00:00Z',
    'a number as text': '0',
  }
  for (const [about, kid] of Object.entries(kids)) {
    const [key, other] = [signingKey('ES256'), signingKey('ES256')]
    const body = JSON.stringify({ keys: [other.jwk, { ...key.jwk, kid }] })
    const { clientOf } = await start(t, { body, headers: json })
    t.equal(await clientOf(signed(key, { kid })), 'alice', about)
    t.equal(await clientOf(signed(other, { kid })), 'ERROR_INVALID_SIGNATURE', about)
  }

  const key = signingKey()
  const { n = '', e = '' } = key.jwk as { n?: string; e?: string }
  const forms: Readonly<Record<string, object>> = {
    // https://github.com/auth0/node-jwks-rsa/issues/22
    'a modulus with a leading zero': {
      n: Buffer.concat([Buffer.of(0), Buffer.from(n, 'base64url')]).toString('base64url'),
    },
    'an exponent with a leading zero': {
      e: Buffer.concat([Buffer.of(0), Buffer.from(e, 'base64url')]).toString('base64url'),
    },
    'members in another order': { e, n },
    'operations, of which one is ours': { key_ops: ['verify', 'sign'] },
  }
  for (const [about, more] of Object.entries(forms)) {
    const body = JSON.stringify({ keys: [{ ...key.jwk, ...more }] })
    const { clientOf } = await start(t, { body, headers: json })
    t.equal(await clientOf(signed(key)), 'alice', about)
  }
  const escaped = JSON.stringify({ keys: [key.jwk] })
    .replaceAll('-', '\\u002d')
    .replaceAll('"kid"', '"\\u006bid"')
  const { clientOf } = await start(t, { body: escaped, headers: json })
  t.equal(await clientOf(signed(key)), 'alice', 'with escapes')
})

t.test('a key set that is compressed in any way, or comes in pieces, is read', async (t) => {
  const key = signingKey()
  const body = JSON.stringify({ keys: [key.jwk] })
  const encodings: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(body),
    'x-gzip': gzipSync(body),
    deflate: deflateSync(body),
    br: brotliCompressSync(body),
    identity: Buffer.from(body),
  }
  for (const [encoding, bytes] of Object.entries(encodings)) {
    const headers = { ...json, 'content-encoding': encoding }
    const { clientOf } = await start(t, { body: bytes as unknown as string, headers })
    t.equal(await clientOf(signed(key)), 'alice', encoding)
  }
})

t.test('a client is whom the token names, in any text', async (t) => {
  const key = signingKey()
  const { clientOf } = await start(t, { body: JSON.stringify({ keys: [key.jwk] }), headers: json })
  const names = [
    'auth0|5f7c8ec7c33c6c004bbafe82', // Auth0
    'google-oauth2|103547991597142817347',
    'f:4f8c1f9e-0000:jane@example.org', // Keycloak, federated
    'spiffe://cluster.local/ns/default/sa/app', // SPIFFE
    'system:serviceaccount:default:app', // Kubernetes
    'CN=Jane Doe,OU=People,DC=example', // AD FS
    '客户/../x?y#z',
    '👩‍💻',
    ' blanks ',
    'x'.repeat(512),
  ]
  for (const sub of names) t.equal(await clientOf(signed(key, {}, { sub })), sub)
  // A cloud's groups and roles: tokens of ten thousand bytes.
  const groups = Array.from({ length: 200 }, (_, i) => `f47ac10b-58cc-4372-a567-0e02b2c3d4${i}`)
  t.equal(await clientOf(signed(key, {}, { groups })), 'alice', 'many groups')
})

t.test('1 to 50 keys, with any of them', async (t) => {
  const keys = Array.from({ length: 50 }, (_, i) => signingKey(i % 2 === 0 ? 'ES256' : 'ES384'))
  for (const count of [1, 2, 10, 50]) {
    const listed = keys.slice(0, count)
    const { clientOf } = await start(t, { body: JSON.stringify({ keys: listed.map(({ jwk }) => jwk) }), headers: json })
    for (const key of listed) t.equal(await clientOf(signed(key)), 'alice', `${count} keys`)
  }
})

t.test('a kid may be absent where there is one key', async (t) => {
  const [key, other] = [signingKey(), signingKey()]
  const nameless = { ...key.jwk, kid: undefined }
  const without = [undefined, null, ''].map((kid) => signed(key, { kid }))
  const table: Readonly<Record<string, [keys: readonly object[], tokens: readonly string[], client: string]>> = {
    'no kid in the token (lua-resty-openidc pull request 105)': [[key.jwk], without, 'alice'],
    'no kid on either side (pyjwt issue 1072)': [[nameless], without, 'alice'],
    'no kid in the key': [[nameless], [signed(key), signed(key, { kid: 'other' })], 'alice'],
    'a key for encryption beside it': [[key.jwk, { ...other.jwk, use: 'enc' }], without, 'alice'],
    // OpenID Connect Core, 10.1: with several keys a kid must be given.
    'no kid in the token, and two keys': [[key.jwk, other.jwk], without, 'ERROR_INVALID_SIGNATURE'],
    'the kid of another key': [[key.jwk, other.jwk], [signed(key, { kid: other.kid })], 'ERROR_INVALID_SIGNATURE'],
    'an unknown kid': [[key.jwk], [signed(key, { kid: 'unknown' })], 'ERROR_INVALID_SIGNATURE'],
  }
  for (const [about, [keys, tokens, client]] of Object.entries(table)) {
    const { clientOf } = await start(t, { body: JSON.stringify({ keys }), headers: json })
    for (const token of tokens) t.equal(await clientOf(token), client, about)
  }
})

t.test('a document that has no key of use is told of, with the reason', async (t) => {
  const key = signingKey()
  const documents: Readonly<Record<string, [body: string, reason: RegExp]>> = {
    'a page': ['<html>sign in</html>', /not valid JSON/],
    'the discovery document': [JSON.stringify({ issuer: 'i', jwks_uri: 'https://i/keys' }), /not a JWKS/],
    // authentik without a signing key.
    'an empty object': ['{}', /not a JWKS/],
    'no keys': ['{"keys":[]}', /no usable key/],
    'keys for encryption': [JSON.stringify({ keys: [{ ...key.jwk, use: 'enc' }] }), /no key is meant for signatures/],
    'keys for another algorithm': [
      JSON.stringify({ keys: [{ ...key.jwk, alg: 'PS256' }] }),
      /algorithm is not supported/,
    ],
  }
  for (const [about, [body]] of Object.entries(documents)) {
    const { clientOf, lines } = await start(t, { body, headers: json })
    t.equal(await clientOf(signed(key)), 'ERROR_KEYS_UNAVAILABLE', about)
    t.match(lines, [/could not be fetched/], about)
  }
  for (const [about, [body, reason]] of Object.entries(documents)) {
    const { keys } = await start(t, { body, headers: json })
    const error = await keys.lookFor({ alg: 'RS256', kid: null }, []).catch((error: Error) => error)
    const { cause } = error as Error
    t.match(`${cause} ${(cause as Error).cause}`, reason, about)
  }
})

t.test('the rotation of keys, in every form', async (t) => {
  const set = (...keys: readonly object[]): KeyAnswer => ({ body: JSON.stringify({ keys }), headers: json })

  t.test('a key that was added before its use', async (t) => {
    const [old, next] = [signingKey(), signingKey()]
    const { state, clientOf } = await start(t, set(old.jwk))
    t.equal(await clientOf(signed(old)), 'alice')
    state.answer = set(old.jwk, next.jwk)
    state.ms += 700_000
    t.equal(await clientOf(signed(old)), 'alice')
    t.equal(await clientOf(signed(next)), 'alice')
    t.equal(await clientOf(signed(old)), 'alice', 'tokens of the old key are good as long as it is listed')
  })

  t.test('a key that was replaced at once by another', async (t) => {
    const [old, next] = [signingKey(), signingKey()]
    const { state, clientOf } = await start(t, set(old.jwk))
    t.equal(await clientOf(signed(old)), 'alice')
    state.answer = set(next.jwk)
    t.equal(await clientOf(signed(next)), 'alice')
    t.equal(await clientOf(signed(old)), 'ERROR_INVALID_SIGNATURE', 'the old key is gone, with its tokens')
  })

  t.test('a key that was replaced under the same kid', async (t) => {
    const [old, next] = [signingKey(), signingKey()]
    const { state, clientOf } = await start(t, set({ ...old.jwk, kid: 'current' }))
    t.equal(await clientOf(signed(old, { kid: 'current' })), 'alice')
    state.answer = set({ ...next.jwk, kid: 'current' })
    t.equal(await clientOf(signed(next, { kid: 'current' })), 'alice')
    t.equal(await clientOf(signed(old, { kid: 'current' })), 'ERROR_INVALID_SIGNATURE')
  })

  t.test('a key that was replaced where keys have no kid', async (t) => {
    const [old, next] = [signingKey(), signingKey()]
    const { state, clientOf } = await start(t, set({ ...old.jwk, kid: undefined }))
    t.equal(await clientOf(signed(old, { kid: undefined })), 'alice')
    state.answer = set({ ...next.jwk, kid: undefined })
    t.equal(await clientOf(signed(next, { kid: undefined })), 'alice')
  })

  t.test('a key of another kind under a kid that was used before', async (t) => {
    const [rsa, ec] = [signingKey(), signingKey('ES256')]
    const { state, clientOf } = await start(t, set({ ...rsa.jwk, kid: '1' }))
    t.equal(await clientOf(signed(rsa, { kid: '1' })), 'alice')
    state.answer = set({ ...ec.jwk, kid: '1' })
    t.equal(await clientOf(signed(ec, { kid: '1' })), 'alice')
    t.equal(await clientOf(signed(rsa, { kid: '1' })), 'ERROR_INVALID_SIGNATURE')
  })

  t.test('an old key that comes back under its kid', async (t) => {
    const [first, second] = [signingKey(), signingKey()]
    const { state, clientOf } = await start(t, set({ ...first.jwk, kid: '1' }))
    t.equal(await clientOf(signed(first, { kid: '1' })), 'alice')
    for (const [key, other] of [
      [second, first],
      [first, second],
      [second, first],
    ] as const) {
      state.answer = set({ ...key.jwk, kid: '1' })
      state.ms += 31_000
      t.equal(await clientOf(signed(key, { kid: '1' }, { jti: String(state.ms) })), 'alice')
      t.equal(await clientOf(signed(other, { kid: '1' })), 'ERROR_INVALID_SIGNATURE')
    }
  })

  t.test('a key that is withdrawn ends within ten minutes, also for tokens that were accepted before', async (t) => {
    const [bad, good] = [signingKey(), signingKey()]
    const { state, keys, clientOf } = await start(t, set(bad.jwk, good.jwk))
    t.equal(await clientOf(signed(bad)), 'alice')
    state.answer = set(good.jwk)
    state.ms += 600_000
    await clientOf(signed(bad))
    await keys.refresh()
    t.equal(await clientOf(signed(bad)), 'ERROR_INVALID_SIGNATURE')
  })

  t.test('a key set that is empty for a moment', async (t) => {
    const key = signingKey()
    const { state, keys, clientOf } = await start(t, set(key.jwk))
    t.equal(await clientOf(signed(key)), 'alice')
    state.answer = set()
    t.equal(await keys.refresh(), false)
    t.equal(await clientOf(signed(key, {}, { sub: 'bob' })), 'bob', 'the last good keys are kept')
  })
})

t.test('a token is read however it is written', async (t) => {
  const key = signingKey()
  const { clientOf } = await start(t, { body: JSON.stringify({ keys: [key.jwk] }), headers: json })
  const headers: Readonly<Record<string, object>> = {
    'typ JWT': { typ: 'JWT' },
    'typ in small letters': { typ: 'jwt' },
    'typ of an access token (RFC 9068)': { typ: 'at+jwt' },
    'typ with its tree': { typ: 'application/at+jwt' },
    'no typ (Cognito, Okta)': { typ: undefined },
    'typ null': { typ: null },
    'thumbprints (Entra, AD FS)': { x5t: key.kid, 'x5t#S256': 'x' },
    'certificates and addresses, which are not looked at': {
      x5c: ['x'],
      jku: 'http://127.0.0.1:1/',
      x5u: 'x',
      jwk: {},
    },
    'a content type': { cty: 'JWT' },
    'a member of its own': { nonce: 'x', org: { id: 7 } },
  }
  for (const [about, header] of Object.entries(headers)) t.equal(await clientOf(signed(key, header)), 'alice', about)

  const payloads: Readonly<Record<string, object>> = {
    'exp with a fraction': { exp: seconds + 3600.75 },
    'iat and nbf with a fraction': { iat: seconds - 0.5, nbf: seconds - 0.25 },
    'no iat': { iat: undefined },
    'a clock that is a little ahead': { iat: seconds + 20, nbf: seconds + 20 },
    'an audience as text': { aud: 'any' },
    'an audience as a list': { aud: ['any', 'other'] },
    'no audience': { aud: undefined },
    'no issuer': { iss: undefined },
    'scopes of every shape': { scope: null, scp: 7, roles: {} },
    'claims of every shape': { a: null, b: [], c: { d: [] }, e: 1e300, f: '', 'https://ns.example/x': true },
  }
  for (const [about, more] of Object.entries(payloads)) t.equal(await clientOf(signed(key, {}, more)), 'alice', about)
  t.equal(await clientOf(signed(key, {}, { sub: 'Ünï 客户' })), 'Ünï 客户')
})
