import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import t from 'tap'
import { Signatures } from '../../../src/http/tokens/signatures.ts'

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const input = 'header.payload'

const byRsa = (hash: string) => sign(hash, Buffer.from(input), rsa.privateKey).toString('base64url')
const byCurve = (dsaEncoding: 'der' | 'ieee-p1363') =>
  sign('sha256', Buffer.from(input), { key: curve.privateKey, dsaEncoding }).toString('base64url')

t.test('a signature is good for its key, its algorithm and its input alone', async (t) => {
  const signatures = new Signatures()
  const pem = pemOf(rsa.publicKey)
  for (const alg of ['RS256', 'RS384', 'RS512']) {
    const signature = byRsa(`sha${alg.slice(2)}`)
    t.ok(signatures.isMadeBy(pem, { alg, input, signature }), alg)
    t.notOk(signatures.isMadeBy(pemOf(other.publicKey), { alg, input, signature }))
    t.notOk(signatures.isMadeBy(pem, { alg, input: `${input}x`, signature }))
    t.notOk(signatures.isMadeBy(pem, { alg: alg === 'RS256' ? 'RS512' : 'RS256', input, signature }))
  }
})

t.test('a signature of a curve is read in the form of tokens, and not in DER', async (t) => {
  const signatures = new Signatures()
  const pem = pemOf(curve.publicKey)
  t.ok(signatures.isMadeBy(pem, { alg: 'ES256', input, signature: byCurve('ieee-p1363') }))
  t.notOk(signatures.isMadeBy(pem, { alg: 'ES256', input, signature: byCurve('der') }))
})

t.test('a signature that is empty, too short or too long is a wrong one', async (t) => {
  const signatures = new Signatures()
  for (const [pem, alg, good] of [
    [pemOf(rsa.publicKey), 'RS256', byRsa('sha256')],
    [pemOf(curve.publicKey), 'ES256', byCurve('ieee-p1363')],
  ] as const) {
    for (const signature of ['', 'AA', good.slice(0, -4), `${good}AAAA`, 'A'.repeat(100_000)]) {
      t.notOk(signatures.isMadeBy(pem, { alg, input, signature }), `${alg} ${signature.slice(0, 10)}`)
    }
  }
})
