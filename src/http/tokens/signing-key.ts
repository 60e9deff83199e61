import { createPublicKey, type KeyObject } from 'node:crypto'
import buildGetJwks, { type JWK } from 'get-jwks'

/** A public key of the issuer that can check signatures. */
export interface SigningKey {
  /** Null for a key without `kid`, or with an empty one. */
  readonly kid: string | null
  /** The signature algorithms of the key: it is used for no other. */
  readonly algorithms: readonly string[]
  readonly pem: string
}

/** A key that was read, or the reason why it cannot check signatures; null for a key that is meant for something else. */
export type ReadKey =
  | { readonly ok: true; readonly key: SigningKey }
  | { readonly ok: false; readonly reason: string | null }

/** Longest `kid` that is looked up, in characters; every known issuer stays below a hundred. */
export const maxKidLength = 256

/** RFC 7518, 3.3: smaller moduli are not to be used. */
const minModulusBits = 2048
/** With an exponent of 1 every signature is right. */
const minExponent = 3n

const rsaAlgorithms = ['RS256', 'RS384', 'RS512'] as const
const curveAlgorithms: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
])

type Jwk = Readonly<Record<string, unknown>>

/**
 * Reads one member of `keys`. Members that are null or empty count as absent: several issuers write those. A key that says
 * less than it might, such as no `use` or no `alg`, serves every algorithm that fits its kind.
 */
export async function readSigningKey(value: unknown): Promise<ReadKey> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return unusable('not a key')
  const jwk = withoutEmptyMembers(value)
  if (!isForSignatures(jwk)) return unusable(null)
  const { kid = null } = jwk
  if (kid !== null && typeof kid !== 'string') return unusable('its kid is not a string')
  if (kid !== null && kid.length > maxKidLength) return unusable('its kid is too long')
  const fitting = jwk.kty === 'RSA' ? rsaAlgorithms : jwk.kty === 'EC' ? curveAlgorithms.get(jwk.crv) : undefined
  if (fitting === undefined) return unusable('keys of this kind are not supported')
  const algorithms = jwk.alg === undefined ? fitting : fitting.filter((alg) => alg === jwk.alg)
  if (algorithms.length === 0) return unusable('its algorithm is not supported, or not one of its kind')
  const pem = await toPem(jwk)
  if (pem === null) return unusable('not a valid public key')
  const weakness = weaknessOf(createPublicKey(pem))
  return weakness === null ? { ok: true, key: { kid, algorithms, pem } } : unusable(weakness)
}

function unusable(reason: string | null): ReadKey {
  return { ok: false, reason }
}

function withoutEmptyMembers(jwk: object): Jwk {
  return Object.fromEntries(
    Object.entries(jwk).filter(
      ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && !value.length),
    ),
  )
}

function isForSignatures({ use, key_ops: operations }: Jwk): boolean {
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || [operations].flat().includes('verify')
}

/**
 * Has get-jwks turn the key into PEM. It would fetch the whole set once for every kid and keep keys as it sees fit, so the
 * key is put into its cache, and it is asked for just that one.
 */
async function toPem(jwk: Jwk): Promise<string | null> {
  const domain = 'https://issuer.invalid/'
  const request = { domain, alg: 'any', kid: 'this' }
  const getJwks = buildGetJwks({ max: 1, issuersWhitelist: [domain] })
  getJwks.cache.set(getJwks.generateCacheKey(request.alg, request.kid, domain), jwk as JWK)
  try {
    return await getJwks.getPublicKey(request)
  } catch {
    return null
  }
}

function weaknessOf({ asymmetricKeyDetails = {} }: KeyObject): string | null {
  const { modulusLength = minModulusBits, publicExponent = minExponent } = asymmetricKeyDetails
  if (modulusLength < minModulusBits) return `its modulus has fewer than ${minModulusBits} bits`
  return publicExponent < minExponent ? 'its exponent is too small' : null
}
