import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const
export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | keyof typeof curves

/** A key pair that signs tokens. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  /** The public half, as a key set has it. Change it freely. */
  readonly jwk: Record<string, unknown>
}

/** Makes a key pair with a kid of its own. */
export function signingKey(alg: Algorithm = 'RS256', { modulusLength = 2048 } = {}): SigningKey {
  const { privateKey } =
    alg in curves
      ? generateKeyPairSync('ec', { namedCurve: curves[alg as keyof typeof curves] })
      : generateKeyPairSync('rsa', { modulusLength })
  return withPublicHalf(privateKey, `key-${randomBytes(4).toString('hex')}`, alg)
}

/** Returns the key in this file; made and kept there when there is none yet. */
export async function keptSigningKey(file: string): Promise<SigningKey> {
  try {
    return readSigningKey(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const key = signingKey()
  await writeFile(file, privateJwk(key), { mode: 0o600 })
  return key
}

/** Reads a private key from a file. */
export function readSigningKey(file: string): SigningKey {
  return parseSigningKey(readFileSync(file, 'utf8'))
}

/** Writes a private key as a JWK. */
export function privateJwk({ kid, alg, privateKey }: SigningKey): string {
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg })
}

/** Reads a private key that was written as a JWK. */
export function parseSigningKey(text: string): SigningKey {
  const { kid, alg, ...key } = JSON.parse(text)
  return withPublicHalf(createPrivateKey({ key, format: 'jwk' }), kid, alg)
}

function withPublicHalf(privateKey: KeyObject, kid: string, alg: string): SigningKey {
  return {
    kid,
    alg,
    privateKey,
    jwk: { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' },
  }
}

/** Signs a token with just this header and payload, of any shape. Strings are taken as they are. */
export function mint(header: unknown, payload: unknown, key: SigningKey): string {
  const input = signingInput(header, payload)
  return `${input}.${signature(input, key)}`
}

/** Returns the part of a token that is signed. */
export function signingInput(header: unknown, payload: unknown): string {
  const parts = [header, payload].map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.')
}

export function signature(input: string, { alg, privateKey }: SigningKey): string {
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {}
  // `ieee-p1363` is the form of JWS for elliptic curves; RSA takes no notice of it.
  return sign(`sha${alg.slice(2)}`, Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...padding,
  }).toString('base64url')
}
