import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { KeySet, readKeySet } from '../../../src/http/tokens/key-set.ts'
import { readSigningKey } from '../../../src/http/tokens/signing-key.ts'
import { signingKey } from '../../support/issuer.ts'

const rsa: Readonly<Record<string, unknown>> = { ...signingKey().jwk, kid: 'a' }
const ec = (alg: 'ES256' | 'ES384' | 'ES512') => ({ ...signingKey(alg).jwk, kid: 'a' })
const without = (jwk: Readonly<Record<string, unknown>>, ...names: string[]) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)))

t.test('a key serves the algorithms that it fits, and no others', async (t) => {
  const anyRsa = ['RS256', 'RS384', 'RS512']
  const table: readonly [Readonly<Record<string, unknown>>, readonly string[]][] = [
    [rsa, ['RS256']],
    [without(rsa, 'alg'), anyRsa],
    [{ ...rsa, alg: null }, anyRsa],
    [{ ...rsa, alg: '' }, anyRsa],
    [{ ...rsa, alg: 'RS512' }, ['RS512']],
    [ec('ES256'), ['ES256']],
    [without(ec('ES384'), 'alg'), ['ES384']],
    [ec('ES512'), ['ES512']],
    [without(rsa, 'use'), ['RS256']],
    [{ ...rsa, use: null }, ['RS256']],
    [{ ...rsa, use: '' }, ['RS256']],
    [{ ...rsa, key_ops: ['verify'] }, ['RS256']],
    [{ ...rsa, key_ops: ['sign', 'verify'] }, ['RS256']],
    [{ ...rsa, key_ops: 'verify' }, ['RS256']],
    [{ ...rsa, key_ops: [] }, ['RS256']],
    [{ ...rsa, key_ops: null }, ['RS256']],
    [{ ...rsa, x5c: null, x5t: '', 'x5t#S256': null, x5u: [], status: 'ACTIVE', issuer: 'https://i' }, ['RS256']],
    [{ ...rsa, n: `${rsa.n}==` }, ['RS256']],
  ]
  for (const [jwk, algorithms] of table) {
    const read = await readSigningKey(jwk)
    t.match(read, { ok: true, key: { kid: 'a', algorithms } }, JSON.stringify(without(jwk, 'n', 'x', 'y')))
  }
})

t.test('a key without a kid has none, however that is written', async (t) => {
  for (const kid of [undefined, null, '']) t.match(await readSigningKey({ ...rsa, kid }), { key: { kid: null } })
})

t.test('a published private key checks signatures as its public half does', async (t) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const read = await readSigningKey({ ...privateKey.export({ format: 'jwk' }), kid: 'a' })
  t.ok(read.ok && createPublicKey(read.key.pem).equals(createPublicKey(privateKey)))
  t.throws(() => createPrivateKey(read.ok ? read.key.pem : ''), 'the private half is not kept')
})

t.test('a key that cannot check signatures is left out, and the others stay', async (t) => {
  const good = signingKey()
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const short = generateKeyPairSync('rsa', { modulusLength: 2047 }).publicKey.export({ format: 'jwk' })
  const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const bitcoin = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' })
  const unusable: Readonly<Record<string, unknown>> = {
    'for encryption': { ...rsa, use: 'enc' },
    'for encryption, with the algorithm of it': { ...rsa, use: 'enc', alg: 'RSA-OAEP' },
    'for other operations': { ...rsa, key_ops: ['encrypt', 'wrapKey'] },
    'for an algorithm of another kind': { ...rsa, alg: 'ES256' },
    'for an algorithm of encryption, without use': { ...without(rsa, 'use'), alg: 'RSA-OAEP-256' },
    'for an algorithm that is not supported': { ...rsa, alg: 'PS256' },
    'for an algorithm of another curve': { ...ec('ES256'), alg: 'ES384' },
    'with an algorithm that is no text': { ...rsa, alg: ['RS256'] },
    symmetric: { kty: 'oct', k: 'c2VjcmV0', kid: 'a', alg: 'HS256' },
    'symmetric, for an algorithm of RSA': { kty: 'oct', k: 'c2VjcmV0', kid: 'a', alg: 'RS256' },
    'an Edwards curve': { ...ed, kid: 'a', alg: 'EdDSA', use: 'sig' },
    'an Edwards curve without an algorithm': { kty: 'OKP', crv: 'Ed448', kid: 'a', x: 'AAAA' },
    'post-quantum': { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'a' },
    'of an unknown kind': { ...rsa, kty: 'XYZ' },
    'of no kind': without(rsa, 'kty'),
    'of an unknown curve': { ...bitcoin, kid: 'a' },
    'of a curve named like a property of objects': { kty: 'EC', crv: 'constructor', kid: 'a' },
    'not a point of its curve': { ...ec('ES256'), x: 'AAAA' },
    'without a modulus': without(rsa, 'n'),
    'with a modulus that is null': { ...rsa, n: null },
    'with a modulus that is a number': { ...rsa, n: 7 },
    'with a modulus of 1024 bits': { ...weak, kid: 'a' },
    'with a modulus of 2047 bits': { ...short, kid: 'a' },
    'with an exponent of 1': { ...rsa, e: 'AQ' },
    'with a kid that is no text': { ...rsa, kid: 7 },
    'with a kid that is an object': { ...rsa, kid: { toString: 'a' } },
    'with an endless kid': { ...rsa, kid: 'a'.repeat(257) },
    null: null,
    'a word': 'key',
    'a list': [rsa],
  }
  for (const [what, key] of Object.entries(unusable)) {
    const set = await readKeySet({ keys: [key, good.jwk, key] })
    t.equal(set.find('RS256', good.kid).length, 1, what)
    for (const alg of ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'PS256', 'HS256']) {
      t.same(set.find(alg, 'a'), [], `${what}: nothing for ${alg}`)
    }
    await t.rejects(readKeySet({ keys: [key] }), { message: 'the answer of the key endpoint has no usable key' }, what)
  }
})

t.test('the set tells which keys it leaves out and why, but not those that are for encryption', async (t) => {
  const keys = [signingKey().jwk, { ...rsa, use: 'enc' }, { ...rsa, kid: 'b', alg: 'PS256' }, { kty: 'OKP' }, 'key']
  t.same((await readKeySet({ keys })).ignored, [
    { kid: 'b', reason: 'its algorithm is not supported, or not one of its kind' },
    { kid: null, reason: 'keys of this kind are not supported' },
    { kid: null, reason: 'not a key' },
  ])
  await t.rejects(readKeySet({ keys: keys.slice(1, 3) }), { cause: { message: /its algorithm is not supported/ } })
  await t.rejects(readKeySet({ keys: keys.slice(1, 2) }), { cause: { message: 'no key is meant for signatures' } })
})

t.test('a document is a JWKS, whatever else is in it, or an object of certificates by kid', async (t) => {
  const key = signingKey()
  const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const named = async (document: unknown) => (await readKeySet(document)).find('RS256', key.kid).length
  t.equal(await named({ keys: [key.jwk], issuer: 'https://i', expires: null, total: 1 }), 1)
  t.equal(await named({ [key.kid]: pem }), 1)
  t.equal(await named({ other: '-----BEGIN CERTIFICATE-----\nbroken', [key.kid]: pem }), 1)
  const notKeys = [null, 'keys', 7, [], [key.jwk], {}, { keys: {} }, { keys: null }, { [key.kid]: 'x' }]
  for (const document of [...notKeys, { keys: [] }]) {
    await t.rejects(readKeySet(document), { message: /^the answer of the key endpoint/ }, JSON.stringify(document))
  }
})

t.test('a token is checked with the keys that its header may mean', async (t) => {
  const key = (kid: string | null, pem: string) => ({ kid, pem, algorithms: ['RS256'] })
  const set = new KeySet([key('a', 'A1'), key('a', 'A2'), key('a', 'A1'), key('b', 'B')])
  t.same(set.find('RS256', 'a'), ['A1', 'A2'], 'all that share its kid')
  t.same(set.find('RS256', 'b'), ['B'])
  t.same(set.find('RS384', 'b'), [])
  t.same(set.find('RS256', 'c'), [], 'an unknown kid means no key')
  t.same(set.find('RS256', null), [], 'no kid means no key, where there are several')

  const only = new KeySet([key('a', 'A')])
  t.same(only.find('RS256', null), ['A'], 'no kid means the only key')
  t.same(only.find('RS256', 'b'), [])

  const nameless = new KeySet([key(null, 'N1'), key(null, 'N2'), key('a', 'A')])
  t.same(nameless.find('RS256', null), ['N1', 'N2'], 'no kid means the keys without one')
  t.same(nameless.find('RS256', 'b'), ['N1', 'N2'], 'a kid that is not listed may mean those, too')
  t.same(nameless.find('RS256', 'a'), ['A'])

  const many = Array.from({ length: 50 }, (_, i) => key('a', `A${i}`))
  t.equal(new KeySet(many).find('RS256', 'a').length, 10, 'a token is checked with ten keys at most')
})

t.test('fifty keys are all taken, and past a hundred no more', async (t) => {
  const { jwk } = signingKey()
  const keys = Array.from({ length: 150 }, (_, i) => ({ ...jwk, kid: `key ${i}` }))
  const set = await readKeySet({ keys })
  t.equal(set.find('RS256', 'key 49').length, 1)
  t.equal(set.find('RS256', 'key 99').length, 1)
  t.equal(set.find('RS256', 'key 100').length, 0)
})
