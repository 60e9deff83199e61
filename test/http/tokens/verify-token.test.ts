import t from 'tap'
import { type SigningKey, startIssuer } from '../../support/issuer.ts'
import { startVerifier } from '../../support/token-verifier.ts'

const seconds = () => Math.floor(Date.now() / 1000)

t.test('a token gives its client id, its scopes and its end', async (t) => {
  const { issuer, bearer } = await startVerifier(t)
  const exp = seconds() + 60
  t.same(await bearer(issuer.token({ sub: 'alice', exp, scope: 'notifications:publish  sessions:read' })), {
    clientId: 'alice',
    scopes: new Set(['notifications:publish', 'sessions:read']),
    expiresAtMs: exp * 1000,
  })
})

t.test('scopes are read from `scope` and `scp` together, or from the claims that were configured', async (t) => {
  const { issuer, bearer } = await startVerifier(t)
  const claims = { scope: 'a', scp: ['b'], roles: ['c'], 'https://api.example/scopes': 'd' }
  t.same([...(await bearer(issuer.token(claims))).scopes], ['a', 'b'])
  const scopes = { claims: ['roles', 'https://api.example/scopes', 'missing'], prefix: null }
  const other = await startVerifier(t, { scopes })
  t.same([...(await other.bearer(other.issuer.token(claims))).scopes], ['c', 'd'])
})

t.test('the client id is the claim that was configured', async (t) => {
  const { issuer, bearer } = await startVerifier(t, { clientIdClaim: 'cognito:username' })
  t.match(await bearer(issuer.token({ 'cognito:username': 'bob' })), { clientId: 'bob' })
  t.match(await bearer(issuer.token()), { clientId: null })
})

t.test('a token whose client id is missing or not allowed names no client', async (t) => {
  const { issuer, bearer } = await startVerifier(t)
  for (const sub of [undefined, null, '', 7, ['alice'], { id: 'alice' }, 'a'.repeat(513), 'alice\nbob', '\ud83d']) {
    t.match(await bearer(issuer.token({ sub, scope: 'a' })), { clientId: null, scopes: new Set(['a']) })
  }
})

t.test("a claim of one's own may be the number of a row, and `sub` may not", async (t) => {
  const { issuer, bearer } = await startVerifier(t, { clientIdClaim: 'user_id' })
  t.match(await bearer(issuer.token({ user_id: 42 })), { clientId: '42' })
  t.match(await bearer(issuer.token({ user_id: 0 })), { clientId: '0' })
  for (const user_id of [1.5, 1e300, true, null, [42], { id: 42 }]) {
    t.match(await bearer(issuer.token({ user_id })), { clientId: null }, JSON.stringify(user_id))
  }
  const usual = await startVerifier(t)
  t.match(await usual.bearer(usual.issuer.token({ sub: 42 })), { clientId: null })
})

t.test('a claim that every object inherits is neither a client id nor a scope', async (t) => {
  const scopes = { claims: ['constructor', '__proto__'], prefix: null }
  const { issuer, bearer } = await startVerifier(t, { clientIdClaim: 'constructor', scopes })
  t.match(await bearer(issuer.token()), { clientId: null, scopes: new Set() })
})

for (const alg of ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const) {
  t.test(`${alg} is allowed, and the answer comes at once when the key is known`, async (t) => {
    const { issuer, keys, verifyToken } = await startVerifier(t)
    issuer.rotate({ alg })
    await keys.refresh()
    t.match(verifyToken(`Bearer ${issuer.token({ sub: alg })}`), { clientId: alg })
  })
}

t.test('a key that does not say its algorithm serves those of its kind, as long as they are allowed', async (t) => {
  const { issuer, bearer } = await startVerifier(t, { algorithms: ['RS256', 'RS384'] })
  const key = issuer.rotate()
  delete key.jwk.alg
  const signed = (alg: string) => issuer.token({}, { key: { ...key, alg } })
  await bearer(signed('RS256'))
  await bearer(signed('RS384'))
  await t.rejects(bearer(signed('RS512')), { code: 'ERROR_INVALID_SIGNATURE' })
  await t.rejects(bearer(signed('PS256')), { code: 'ERROR_INVALID_SIGNATURE' })
})

t.test('a token without kid is verified by a key without kid, or by the only key', async (t) => {
  for (const kid of [undefined, null, '']) {
    const { issuer, bearer } = await startVerifier(t)
    const token = () => issuer.token({ sub: 'alice' }, { header: { kid } })
    t.match(await bearer(token()), { clientId: 'alice' }, 'the only key')
    const key = issuer.rotate()
    delete key.jwk.kid
    t.match(await bearer(token()), { clientId: 'alice' }, 'the key without kid')
    issuer.keys.pop()
    issuer.rotate()
  }
})

t.test('keys that share a kid are all tried', async (t) => {
  const { issuer, bearer } = await startVerifier(t)
  const [first] = issuer.keys
  const second = issuer.rotate()
  second.jwk.kid = first?.kid
  for (const key of issuer.keys) {
    t.match(await bearer(issuer.token({ sub: 'alice' }, { key, header: { kid: first?.kid } })), { clientId: 'alice' })
  }
  t.equal(issuer.fetches, 1)
})

t.test('a key that was replaced under its kid is found, with one fetch in 30 seconds', async (t) => {
  const { issuer, clock, bearer } = await startVerifier(t)
  await bearer(issuer.token())
  const replace = () => {
    const old = issuer.keys[0] as SigningKey
    const { kid } = old
    const key = issuer.rotate({ keepOld: false })
    key.jwk.kid = kid
    return { old, token: issuer.token({ sub: 'alice' }, { header: { kid } }), header: { kid } }
  }
  const { old, token, header } = replace()
  t.match(await bearer(token), { clientId: 'alice' })
  t.equal(issuer.fetches, 2)
  for (let i = 0; i < 10; i++) {
    await t.rejects(bearer(issuer.token({ jti: i }, { key: old, header })), { code: 'ERROR_INVALID_SIGNATURE' })
  }
  t.equal(issuer.fetches, 2, 'tokens of the old key do not make it fetch again and again')
  clock.ms += 30_000
  t.match(await bearer(replace().token), { clientId: 'alice' })
  t.equal(issuer.fetches, 3)
})

t.test('an algorithm that is not accepted is told once, with the accepted ones', async (t) => {
  const { issuer, lines, bearer } = await startVerifier(t, { algorithms: ['RS256'] })
  const key = issuer.keys[0] as SigningKey
  const bad = ['PS256', 'EdDSA', 'RS512', 'none', 'HS256', { toString: 'RS256' }, 'x'.repeat(1000), 'line\nbreak', '']
  for (let round = 0; round < 3; round++) {
    for (const alg of bad) {
      const message = 'The signature algorithm of the token is not accepted here'
      await t.rejects(bearer(issuer.token({}, { key, header: { alg } })), { code: 'ERROR_INVALID_SIGNATURE', message })
    }
  }
  const sentence = 'tokens come with a signature algorithm that is not accepted and are refused; see JWT_ALGORITHMS'
  const told = ['PS256', 'EdDSA', 'RS512', 'none', 'HS256', 'none that has a name']
  t.same(
    lines,
    told.map((alg) => ({ sentence, fields: { alg, accepted: ['RS256'] } })),
  )
  for (let i = 0; i < 100; i++) await t.rejects(bearer(issuer.token({}, { key, header: { alg: `made-up-${i}` } })))
  t.equal(lines.length, 20, 'names that somebody makes up do not fill the log')
})

t.test('an encrypted token is refused as one', async (t) => {
  const { bearer } = await startVerifier(t)
  const head = Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')
  await t.rejects(bearer(`${head}..aaaa.bbbb.cccc`), { code: 'ERROR_INVALID_JWT', message: /encrypted/ })
})

t.test('several issuers may be accepted, each to the letter', async (t) => {
  const issuers = ['https://accounts.google.com', 'accounts.google.com']
  const { issuer, bearer } = await startVerifier(t, { issuers })
  for (const iss of issuers) await bearer(issuer.token({ iss }))
  for (const iss of ['https://accounts.google.com/', 'https://Accounts.google.com', 'google.com', issuers.join(',')]) {
    await t.rejects(bearer(issuer.token({ iss })), { code: 'ERROR_TOKEN_PROCESSABLE', message: /issuer/ })
  }
})

t.test('the token does not choose whose keys it is judged by', async (t) => {
  const { issuer, bearer } = await startVerifier(t, { issuers: undefined })
  const evil = await startIssuer(t)
  const own = evil.keys[0]
  const header = { jku: evil.jwksUrl, x5u: evil.jwksUrl, jwk: own?.jwk }
  await t.rejects(bearer(evil.token()), { code: 'ERROR_INVALID_SIGNATURE' })
  await t.rejects(bearer(evil.token({}, { header })), { code: 'ERROR_INVALID_SIGNATURE' })
  await t.rejects(bearer(evil.token({}, { header: { ...header, kid: issuer.keys[0]?.kid } })), {
    code: 'ERROR_INVALID_SIGNATURE',
  })
  t.equal(evil.fetches, 0)
})

t.test('the audience may be in aud, in a list in aud, or in the client_id of an access token', async (t) => {
  const { issuer, bearer } = await startVerifier(t, { audiences: ['web', 'phone'] })
  await bearer(issuer.token({ aud: 'web' }))
  await bearer(issuer.token({ aud: ['other', 'phone'] }))
  await bearer(issuer.token({ client_id: 'phone', token_use: 'access' }))
  await t.rejects(bearer(issuer.token()), { code: 'ERROR_TOKEN_PROCESSABLE', message: /audience/ })
})

t.test('without a configured issuer or audience those claims do not matter', async (t) => {
  const { issuer, bearer } = await startVerifier(t, { issuers: undefined })
  await bearer(issuer.token({ iss: 'anybody', aud: 'anything' }))
  await bearer(issuer.token({ iss: undefined }))
})

t.test('the issuer’s clock may be 30 seconds ahead, but nothing is good after its exp', async (t) => {
  const { issuer, clock, bearer } = await startVerifier(t)
  const now = seconds()
  clock.ms = now * 1000
  await bearer(issuer.token({ iat: now + 30, nbf: now + 30 }))
  await t.rejects(bearer(issuer.token({ iat: now + 31 })), { code: 'ERROR_TOKEN_PROCESSABLE' })
  await t.rejects(bearer(issuer.token({ nbf: now + 31 })), { code: 'ERROR_TOKEN_PROCESSABLE' })
  await bearer(issuer.token({ exp: now + 0.001 }))
  await t.rejects(bearer(issuer.token({ exp: now })), { code: 'ERROR_TOKEN_EXPIRED' })
})

t.test('the scheme may be written in any case, with several spaces', async (t) => {
  const { issuer, verifyToken } = await startVerifier(t)
  for (const scheme of ['Bearer ', 'bearer ', 'BEARER   ']) {
    t.match(await verifyToken(scheme + issuer.token({ sub: 'alice' })), { clientId: 'alice' })
  }
})

t.test('a second Authorization header is refused, whatever is in it', async (t) => {
  const { issuer, verifyToken } = await startVerifier(t)
  const good = `Bearer ${issuer.token({ sub: 'alice' })}`
  t.match(await verifyToken(good, ['Host', 'a', 'Authorization', good]), { clientId: 'alice' })
  t.match(await verifyToken(good, ['cache-control', 'Authorization', 'AUTHORIZATION', good]), { clientId: 'alice' })
  for (const second of ['Authorization', 'authorization', 'aUTHORIZATION']) {
    const raw = ['Authorization', good, 'cache-control', 'no-cache', second, 'Basic abc']
    t.throws(() => verifyToken(good, raw), { code: 'ERROR_INVALID_JWT' })
  }
})

t.test('a token seen before is answered from memory: same claims, no key, no fetch', async (t) => {
  const { issuer, keys, verifyToken } = await startVerifier(t)
  const authorization = `Bearer ${issuer.token({ sub: 'alice' })}`
  const first = await verifyToken(authorization)
  keys.find = () => t.fail('a remembered token needs no key') as never
  t.equal(verifyToken(authorization), first)
  t.equal(issuer.fetches, 1)
})

t.test('a remembered token ends at its exp', async (t) => {
  const { issuer, clock, verifyToken } = await startVerifier(t)
  const authorization = `Bearer ${issuer.token({ exp: seconds() + 60 })}`
  const { expiresAtMs } = await verifyToken(authorization)
  clock.ms = expiresAtMs - 1
  t.ok(verifyToken(authorization))
  clock.ms = expiresAtMs
  t.throws(() => verifyToken(authorization), { code: 'ERROR_TOKEN_EXPIRED' })
})

t.test('a remembered token does not outlive its key', async (t) => {
  const { issuer, keys, clock, verifyToken } = await startVerifier(t)
  const authorization = `Bearer ${issuer.token({ sub: 'alice' })}`
  await verifyToken(authorization)
  issuer.rotate({ keepOld: false })
  clock.ms += 600_000
  t.match(verifyToken(authorization), { clientId: 'alice' }, 'starts the fetch, and does not wait for it')
  await keys.refresh()
  await t.rejects(async () => verifyToken(authorization), { code: 'ERROR_INVALID_SIGNATURE' })
  t.match(await verifyToken(`Bearer ${issuer.token({ sub: 'alice' })}`), { clientId: 'alice' })
})

t.test('a key that vanishes while its token waits does not verify it', async (t) => {
  const { issuer, keys, verifyToken } = await startVerifier(t)
  const token = issuer.token()
  const found = keys.lookFor
  keys.lookFor = async (hint, tried) => {
    await found(hint, tried)
    issuer.rotate({ keepOld: false })
    await keys.refresh()
  }
  await t.rejects(async () => verifyToken(`Bearer ${token}`), { code: 'ERROR_INVALID_SIGNATURE' })
})

t.test('the issuer’s outage is 503 for newcomers and nothing for those who are known', async (t) => {
  const { issuer, keys, verifyToken, bearer } = await startVerifier(t)
  issuer.behave('fail')
  await t.rejects(bearer(issuer.token()), { code: 'ERROR_KEYS_UNAVAILABLE', status: 503 })
  issuer.behave('serve')
  await keys.refresh()
  const authorization = `Bearer ${issuer.token()}`
  await verifyToken(authorization)
  issuer.behave('fail')
  await keys.refresh()
  t.ok(verifyToken(authorization))
  t.ok(await bearer(issuer.token({ sub: 'newcomer' })))
})

t.test('a bad token is not remembered', async (t) => {
  const { issuer, clock, verifyToken } = await startVerifier(t)
  const nbf = seconds() + 60
  const authorization = `Bearer ${issuer.token({ nbf })}`
  await t.rejects(async () => verifyToken(authorization), { code: 'ERROR_TOKEN_PROCESSABLE' })
  clock.ms = nbf * 1000
  t.ok(await verifyToken(authorization))
})

t.test('a token with the end of another one is another one', async (t) => {
  const { issuer, verifyToken } = await startVerifier(t)
  const good = issuer.token({ sub: 'alice' })
  await verifyToken(`Bearer ${good}`)
  const [head, , signed] = good.split('.')
  const [, body] = issuer.token({ sub: 'mallory' }).split('.')
  await t.rejects(async () => verifyToken(`Bearer ${head}.${body}.${signed}`), { code: 'ERROR_INVALID_SIGNATURE' })
  t.throws(() => verifyToken(`Basic ${good}`), { code: 'ERROR_INVALID_JWT' })
  t.throws(() => verifyToken(good.slice(-32)), { code: 'ERROR_INVALID_JWT' })
  t.match(verifyToken(`Bearer ${good}`), { clientId: 'alice' })
})
