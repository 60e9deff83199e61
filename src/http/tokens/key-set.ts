import { createPublicKey } from 'node:crypto'
import buildGetJwks, { type JWK } from 'get-jwks'

/**
 * The issuer's keys as PEM, by `keyName`. A key stands under each algorithm that it fits, so that it can never be used
 * for another one.
 */
export type KeySet = ReadonlyMap<string, string>

/** The name of a key in a set. A key without `kid` has the empty one, and serves tokens without `kid`. */
export function keyName(alg: string, kid: string): string {
  return `${alg} ${kid}`
}

/** Longest `kid` that is looked up, in characters; every known issuer stays below a hundred. */
export const maxKidLength = 256
/** Issuers have two or three keys. More than this is a mistake, and every one costs memory and time. */
const maxKeys = 100
/** RFC 7518, 3.3: smaller moduli are not to be used. */
const smallestModulusBits = 2048

const rsaAlgorithms = ['RS256', 'RS384', 'RS512'] as const
const curveAlgorithms: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

type Jwk = Readonly<Record<string, unknown>>

/**
 * The keys of a JWKS document that can check signatures. Keys for other ends, of other kinds or broken ones are left
 * out and take no other key with them; a document without a single good key is an error.
 */
export async function readKeySet(document: unknown, url: URL): Promise<KeySet> {
  const keys = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('the answer of the key endpoint is not a JWKS')
  const set = new Map<string, string>()
  for (const jwk of keys.slice(0, maxKeys)) {
    const algorithms = algorithmsOf(jwk)
    const kid = jwk?.kid ?? ''
    if (algorithms.length === 0 || typeof kid !== 'string' || kid.length > maxKidLength) continue
    const pem = await toPem(jwk, algorithms[0] as string, kid, url)
    if (pem === undefined) continue
    // As in get-jwks, the first of two keys with one name counts.
    for (const alg of algorithms) if (!set.has(keyName(alg, kid))) set.set(keyName(alg, kid), pem)
  }
  if (set.size === 0) throw new Error('the answer of the key endpoint has no usable key')
  return set
}

/** The algorithms a key may be used for, by its kind and by what its issuer says about it. */
function algorithmsOf(jwk: Jwk | null): readonly string[] {
  if (typeof jwk !== 'object' || jwk === null) return []
  if (jwk.use !== undefined && jwk.use !== 'sig') return []
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return []
  const fitting = jwk.kty === 'RSA' ? rsaAlgorithms : jwk.kty === 'EC' ? curveAlgorithm(jwk.crv) : []
  return jwk.alg === undefined ? fitting : fitting.filter((alg) => alg === jwk.alg)
}

function curveAlgorithm(curve: unknown): readonly string[] {
  const alg = typeof curve === 'string' && Object.hasOwn(curveAlgorithms, curve) ? curveAlgorithms[curve] : undefined
  return alg === undefined ? [] : [alg]
}

/**
 * get-jwks turns the key into PEM. It would fetch once for every kid and keep what it found as it sees fit, so it gets
 * the key that was fetched put into its cache, and is asked for just that one.
 */
async function toPem(jwk: Jwk, alg: string, kid: string, url: URL): Promise<string | undefined> {
  const domain = `${url.origin}/`
  const getJwks = buildGetJwks({
    jwksPath: url.pathname + url.search,
    issuersWhitelist: [domain],
    fetchOptions: { redirect: 'error' },
  })
  getJwks.cache.set(getJwks.generateCacheKey(alg, kid, domain), jwk as JWK)
  try {
    const pem = await getJwks.getPublicKey({ domain, alg, kid })
    const { modulusLength = smallestModulusBits } = createPublicKey(pem).asymmetricKeyDetails ?? {}
    return modulusLength < smallestModulusBits ? undefined : pem
  } catch {
    return undefined
  }
}
