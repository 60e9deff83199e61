import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { KeyVerifiers } from '../../../src/http/tokens/key-verifiers.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function tokenOf(claims: object): string {
  const input = `${part({ alg: 'RS256' })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

t.test('a verifier that serves many tokens compares each with the time of its call', async (t) => {
  const verifiers = new KeyVerifiers({ requiredClaims: ['exp'], clockTolerance: 0 })
  const key = { pem, alg: 'RS256' }
  const start = Date.now()
  const seconds = Math.floor(start / 1_000)
  const early = tokenOf({ sub: 'early', exp: seconds + 10 })
  const late = tokenOf({ sub: 'late', nbf: seconds + 20, exp: seconds + 40 })
  t.match(verifiers.verify(early, key, start), { sub: 'early' })
  t.throws(() => verifiers.verify(late, key, start), { code: 'FAST_JWT_INACTIVE' })
  t.match(verifiers.verify(late, key, start + 30_000), { sub: 'late' })
  t.throws(() => verifiers.verify(early, key, start + 30_000), { code: 'FAST_JWT_EXPIRED' })
  t.match(verifiers.verify(early, key, start), { sub: 'early' }, 'after the clock was set back')
  t.throws(() => verifiers.verify(early, { pem, alg: 'RS384' }, start), { code: 'FAST_JWT_INVALID_ALGORITHM' })
  t.throws(() => verifiers.verify(tokenOf({ sub: 'eternal' }), key, start), {
    code: 'FAST_JWT_MISSING_REQUIRED_CLAIM',
  })
})
