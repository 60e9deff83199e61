import { createHmac, createPublicKey } from 'node:crypto'
import t from 'tap'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { mint, signature, signingKey } from '../../support/issuer.ts'
import { startVerifier } from '../../support/token-verifier.ts'

t.test('bad tokens', async (t) => {
  const { issuer, app, clock, verifyToken } = await startVerifier(t, { audiences: ['app'] })
  // The verifier's own time: on a busy machine it is seconds behind by the time the tokens are made.
  const seconds = () => Math.floor(clock.ms / 1000)
  const key = issuer.keys[0]
  if (key === undefined) throw new Error('an issuer starts with a key')
  const ec = issuer.rotate({ alg: 'ES256' })
  // Where there are several keys for an algorithm, a token has to say which of them has signed it.
  issuer.rotate()
  const encryption = issuer.rotate()
  encryption.jwk.use = 'enc'
  const stranger = { ...signingKey(), kid: key.kid }
  const good = { iss: issuer.url, sub: 'alice', aud: 'app', iat: seconds(), exp: seconds() + 3600 }
  const header = { alg: key.alg, kid: key.kid }
  /** Signed properly, with other claims or another header. */
  const claims = (changed: Record<string, unknown>) => mint(header, { ...good, ...changed }, key)
  const headed = (changed: Record<string, unknown>) => mint({ ...header, ...changed }, good, key)
  const raw = (payload: string) => mint(header, payload, key)
  const sound = claims({})
  const [head, body, signed] = sound.split('.') as [string, string, string]
  const hmac = (alg: string, secret: string) => {
    const input = `${Buffer.from(JSON.stringify({ alg, kid: key.kid })).toString('base64url')}.${body}`
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`
  }
  const publicPem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString()

  const table: Record<string, Record<string, string | undefined>> = {
    ERROR_INVALID_JWT: {
      'no header': undefined,
      'an empty header': '',
      'another scheme': 'Basic YWxpY2U6c2VjcmV0',
      'a scheme that only begins the same': `Bearers ${sound}`,
      'the scheme alone': 'Bearer',
      'the scheme and blanks': 'Bearer   ',
      'a tab after the scheme': `Bearer\t${sound}`,
      'two tokens': `Bearer ${sound} ${sound}`,
      'two joined headers': `Bearer ${sound}, Bearer ${sound}`,
      'a token without its scheme': sound,
      'a word': 'Bearer token',
      'one dot': `Bearer ${head}.${body}`,
      'four parts': `Bearer ${sound}.${signed}`,
      'five parts, an encrypted token': `Bearer ${head}.a.b.c.d`,
      'dots alone': 'Bearer ..',
      'plain base64': `Bearer ${head}.${body}.++//`,
      padding: `Bearer ${head}=.${body}.${signed}`,
      'characters outside base64url': `Bearer ${head}.${body}é.${signed}`,
      'a quoted token': `Bearer "${sound}"`,
      'a header that is no JSON': `Bearer ${mint('{"alg":', good, key)}`,
      'a header that is a list': `Bearer ${mint([header], good, key)}`,
      'a header that is null': `Bearer ${mint(null, good, key)}`,
      'a header that is a number': `Bearer ${mint(1, good, key)}`,
      'a payload that is no JSON': `Bearer ${raw('sub: alice')}`,
      'a payload that is a list': `Bearer ${mint(header, [good], key)}`,
      'a payload that is null': `Bearer ${mint(header, null, key)}`,
      'a payload that is a string': `Bearer ${raw('"alice"')}`,
      'a payload that is cut off': `Bearer ${head}.${body.slice(0, 20)}.${signed}`,
      'an endless token': `Bearer ${claims({ padding: 'x'.repeat(16 * 1024) })}`,
    },
    ERROR_INVALID_SIGNATURE: {
      'alg none': `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      'alg None with a signature': `Bearer ${headed({ alg: 'None' })}`,
      'no alg': `Bearer ${headed({ alg: undefined })}`,
      'an alg that is null': `Bearer ${headed({ alg: null })}`,
      'an alg that is a list': `Bearer ${headed({ alg: ['RS256'] })}`,
      'an alg that is an object': `Bearer ${headed({ alg: { toString: 'RS256' } })}`,
      'an alg in small letters': `Bearer ${headed({ alg: 'rs256' })}`,
      'an unknown alg': `Bearer ${headed({ alg: 'RS257' })}`,
      PS256: `Bearer ${issuer.token(good, { key: { ...key, alg: 'PS256' } })}`,
      'RS384 with a key for RS256': `Bearer ${issuer.token(good, { key: { ...key, alg: 'RS384' } })}`,
      'HS256 with the PEM as its secret': `Bearer ${hmac('HS256', publicPem)}`,
      'HS256 with the modulus as its secret': `Bearer ${hmac('HS256', String(key.jwk.n))}`,
      'RS256 by the kid of an EC key': `Bearer ${headed({ kid: ec.kid })}`,
      'ES256 by the kid of an RSA key': `Bearer ${issuer.token(good, { key: { ...ec, kid: key.kid } })}`,
      'a key for encryption': `Bearer ${issuer.token(good, { key: encryption })}`,
      'no kid': `Bearer ${headed({ kid: undefined })}`,
      'an unknown kid': `Bearer ${headed({ kid: 'unknown' })}`,
      'an empty kid': `Bearer ${headed({ kid: '' })}`,
      'a kid that is null': `Bearer ${headed({ kid: null })}`,
      'a kid that is a number': `Bearer ${headed({ kid: 7 })}`,
      'a kid that is an object': `Bearer ${headed({ kid: { toString: key.kid } })}`,
      'a kid that is a list': `Bearer ${headed({ kid: [key.kid] })}`,
      'a kid named like a property of objects': `Bearer ${headed({ kid: '__proto__' })}`,
      'a kid that is a path': `Bearer ${headed({ kid: '../../etc/passwd' })}`,
      'an endless kid': `Bearer ${headed({ kid: 'k'.repeat(8_000) })}`,
      'the signature of a stranger': `Bearer ${mint(header, good, stranger)}`,
      'the signature of another token': `Bearer ${head}.${body}.${signature('other', key)}`,
      'an empty signature': `Bearer ${head}.${body}.`,
      'a short signature': `Bearer ${head}.${body}.${signed.slice(0, 10)}`,
      'another payload': `Bearer ${head}.${claims({ sub: 'mallory' }).split('.')[1]}.${signed}`,
      'an EC signature of the wrong length': `Bearer ${issuer.token(good, { key: ec }).slice(0, -8)}`,
      'an EC signature of zeros': `Bearer ${issuer.token(good, { key: ec }).replace(/[^.]+$/, 'A'.repeat(86))}`,
      'expired, and signed by a stranger': `Bearer ${mint(header, { ...good, exp: 1 }, stranger)}`,
    },
    ERROR_TOKEN_EXPIRED: {
      'expired an hour ago': `Bearer ${claims({ exp: seconds() - 3600 })}`,
      'expired a second ago': `Bearer ${claims({ exp: seconds() - 1 })}`,
      'exp 0': `Bearer ${claims({ exp: 0 })}`,
      'a negative exp': `Bearer ${claims({ exp: -1 })}`,
    },
    ERROR_TOKEN_PROCESSABLE: {
      'no exp': `Bearer ${claims({ exp: undefined })}`,
      'exp null': `Bearer ${claims({ exp: null })}`,
      'exp a string': `Bearer ${claims({ exp: String(good.exp) })}`,
      'exp a list': `Bearer ${claims({ exp: [good.exp] })}`,
      'exp true': `Bearer ${claims({ exp: true })}`,
      'exp 1e300': `Bearer ${claims({ exp: 1e300 })}`,
      'exp -1e300': `Bearer ${claims({ exp: -1e300 })}`,
      'exp endless': `Bearer ${raw(JSON.stringify(good).replace(String(good.exp), '1e999'))}`,
      'exp in milliseconds': `Bearer ${claims({ exp: good.exp * 1000 })}`,
      'exp in eleven years': `Bearer ${claims({ exp: seconds() + 11 * 365 * 86_400 })}`,
      'nbf in a minute': `Bearer ${claims({ nbf: seconds() + 60 })}`,
      'nbf 1e300': `Bearer ${claims({ nbf: 1e300 })}`,
      'nbf a string': `Bearer ${claims({ nbf: 'now' })}`,
      'nbf null': `Bearer ${claims({ nbf: null })}`,
      'iat in a minute': `Bearer ${claims({ iat: seconds() + 60 })}`,
      'iat a string': `Bearer ${claims({ iat: 'now' })}`,
      'iat null': `Bearer ${claims({ iat: null })}`,
      'no iss': `Bearer ${claims({ iss: undefined })}`,
      'another iss': `Bearer ${claims({ iss: 'https://evil.example' })}`,
      'an iss that is longer': `Bearer ${claims({ iss: `${issuer.url}/` })}`,
      'iss a list': `Bearer ${claims({ iss: [issuer.url] })}`,
      'iss null': `Bearer ${claims({ iss: null })}`,
      'no aud and no client_id': `Bearer ${claims({ aud: undefined })}`,
      'another aud': `Bearer ${claims({ aud: 'other' })}`,
      'another aud beside the right client_id': `Bearer ${claims({ aud: 'other', client_id: 'app' })}`,
      'another client_id': `Bearer ${claims({ aud: undefined, client_id: 'other' })}`,
      'client_id a list': `Bearer ${claims({ aud: undefined, client_id: ['app'] })}`,
      'aud an empty list': `Bearer ${claims({ aud: [] })}`,
      'aud a list with a number': `Bearer ${claims({ aud: ['app', 7] })}`,
      'aud an object': `Bearer ${claims({ aud: { app: true } })}`,
      'aud null': `Bearer ${claims({ aud: null, client_id: 'app' })}`,
      'an unknown crit': `Bearer ${headed({ crit: ['b64'], b64: false })}`,
      'crit a string': `Bearer ${headed({ crit: 'exp' })}`,
      'crit an empty list': `Bearer ${headed({ crit: [] })}`,
      'crit null': `Bearer ${headed({ crit: null })}`,
      'crit false': `Bearer ${headed({ crit: false })}`,
      'crit a list of objects': `Bearer ${headed({ crit: [{}] })}`,
    },
  }

  await (async () => verifyToken(`Bearer ${sound}`))()
  const fetchesBefore = issuer.fetches
  let count = 0
  for (const [code, rows] of Object.entries(table)) {
    for (const [bad, authorization] of Object.entries(rows)) {
      const error = await (async () => verifyToken(authorization))().then(
        (claims) => claims,
        (error: unknown) => error,
      )
      t.ok(error instanceof Refusal && error.code === code, `${bad}: ${code}`, { found: error })
      t.ok(error instanceof Refusal && error.status === 401, `${bad}: 401`)
      count++
    }
  }
  t.ok(count >= 40, `${count} bad tokens`)
  const caused = issuer.fetches - fetchesBefore
  t.ok(caused <= 2, 'all of them together caused no more than one fetch for unknown kids and one for bad signatures')
  t.match(verifyToken(`Bearer ${sound}`), { clientId: 'alice' }, 'and the good one still is')
  await t.rejects(async () => app.jwt.verify(sound), 'without our key the plugin verifies nothing')
})

t.test('the refusal of a bad token does not quote it', async (t) => {
  const { issuer, bearer } = await startVerifier(t)
  const [, , signed] = issuer.token().split('.')
  const secretPart = Buffer.from('{"sub":"secret-client" broken').toString('base64url')
  const [head] = issuer.token().split('.')
  const refusalText = async () => {
    const error = await bearer(`${head}.${secretPart}.${signed}`).catch((error: unknown) => error as Error)
    return `${(error as Error).message} ${(error as Error).stack} ${(error as Error).cause}`
  }
  t.notMatch(await refusalText(), 'secret-client')
  await bearer(issuer.token())
  t.notMatch(await refusalText(), 'secret-client', 'nor after a good token with the same header')
})
