import t from 'tap'
import { keyName, readKeySet } from '../../../src/http/tokens/key-set.ts'
import { UnknownKids } from '../../../src/http/tokens/unknown-kids.ts'
import { signingKey } from '../../support/issuer.ts'

t.test('a key set takes the keys that can check signatures, and leaves the others out', async (t) => {
  const url = new URL('https://issuer.example/keys')
  const good = signingKey()
  const names = async (...keys: unknown[]) =>
    [...(await readKeySet({ keys: [...keys, good.jwk] }, url)).keys()].slice(0, -1)
  const rsa: Record<string, unknown> = { ...good.jwk, kid: 'a' }
  const { alg: _, ...anyRsa } = rsa
  const { kid: __, ...nameless } = rsa

  t.same(await names(rsa), ['RS256 a'])
  t.same(await names(anyRsa), ['RS256 a', 'RS384 a', 'RS512 a'])
  t.same(await names(nameless), [keyName('RS256', '')])
  t.same(await names({ ...signingKey('ES256').jwk, kid: 'a' }), ['ES256 a'])
  t.same(await names({ ...signingKey('ES384').jwk, kid: 'a', alg: undefined }), ['ES384 a'])
  t.same(await names({ ...signingKey('ES512').jwk, kid: 'a' }), ['ES512 a'])
  t.same(await names({ ...rsa, key_ops: ['verify'] }), ['RS256 a'])
  t.same(await names(rsa, { ...signingKey().jwk, kid: 'a' }), ['RS256 a'], 'of two with one name the first counts')

  const unusable: Record<string, unknown> = {
    'for encryption': { ...rsa, use: 'enc' },
    'for other operations': { ...rsa, key_ops: ['encrypt'] },
    'for an algorithm of another kind': { ...rsa, alg: 'ES256' },
    'for an algorithm that is not allowed': { ...rsa, alg: 'PS256' },
    symmetric: { kty: 'oct', k: 'c2VjcmV0', kid: 'a', alg: 'HS256' },
    'of an unknown kind': { ...rsa, kty: 'OKP' },
    'of an unknown curve': { ...signingKey('ES256').jwk, kid: 'a', crv: 'secp256k1', alg: undefined },
    'of a curve named like a property of objects': { kty: 'EC', crv: 'constructor', kid: 'a' },
    'not a point of its curve': { ...signingKey('ES256').jwk, kid: 'a', x: 'AAAA' },
    'without a modulus': { ...rsa, n: undefined },
    'with a modulus of 1024 bits': { ...signingKey('RS256', { modulusLength: 1024 }).jwk, kid: 'a' },
    'with a kid that is no string': { ...rsa, kid: 7 },
    'with an endless kid': { ...rsa, kid: 'a'.repeat(257) },
    null: null,
    'a word': 'key',
  }
  for (const [what, key] of Object.entries(unusable)) t.same(await names(key), [], what)

  for (const document of [null, 'keys', {}, { keys: {} }, { keys: [] }, { keys: [unusable.symmetric] }]) {
    await t.rejects(readKeySet(document, url), { message: /^the answer of the key endpoint/ })
  }
})

t.test('the memory of unknown kids is bounded and forgets the oldest', async (t) => {
  const unknown = new UnknownKids(() => 0)
  for (let i = 0; i < 5_000; i++) unknown.add(`kid-${i}`)
  t.equal(unknown.size, 1_000)
  t.notOk(unknown.has('kid-3999'))
  t.ok(unknown.has('kid-4999'))
})
