import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { issuerName, mintToken, startIssuer } from '../../scripts/stack/issuer.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function publishedKeys(keysUrl: string): Promise<JsonWebKey[]> {
  const answer = await fetch(keysUrl)
  return ((await answer.json()) as { keys: JsonWebKey[] }).keys
}

function isSignedBy(token: string, key: JsonWebKey): boolean {
  const [header, payload, signature = ''] = token.split('.')
  const publicKey = createPublicKey({ key, format: 'jwk' })
  return verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))
}

t.test('a token from before a restart is still signed by the published key', async (t) => {
  const file = join(await temporaryFolder(t), 'issuer-key.json')
  const token = mintToken(await keptSigningKey(file), 'alice')
  const issuer = await startIssuer(await keptSigningKey(file), [])
  t.teardown(() => issuer[Symbol.asyncDispose]())
  const [key, ...others] = await publishedKeys(issuer.keysUrl)
  t.same(others, [])
  t.ok(key && isSignedBy(token, key))
  t.equal(key?.d, undefined, 'the private part is not published')
})

t.test(
  'only the owner may read the private key',
  { skip: process.platform === 'win32' && 'no modes there' },
  async (t) => {
    const file = join(await temporaryFolder(t), 'issuer-key.json')
    await keptSigningKey(file)
    t.equal((await stat(file)).mode & 0o777, 0o600)
  },
)

t.test('a token has its client, its scope and its expiry', async (t) => {
  const key = await keptSigningKey(join(await temporaryFolder(t), 'issuer-key.json'))
  const token = mintToken(key, 'alice', { scope: 'sessions:read', ttlSeconds: 60 })
  const [header, payload] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  t.equal(header.alg, 'RS256')
  t.match(payload, { iss: issuerName, sub: 'alice', scope: 'sessions:read' })
  t.equal(payload.exp - payload.iat, 60)
})
