import { keysIn } from './key-document.ts'
import { readSigningKey, type SigningKey } from './signing-key.ts'

/** Issuers have two or three keys, a few have fifty. More than this is a mistake, and every key costs memory and time. */
const maxKeys = 100
/** How many keys one token is checked with: where an issuer gives several keys one `kid`, or none. */
const maxCandidates = 10

const none: readonly string[] = []

/** A key that is listed and not used. */
export interface IgnoredKey {
  readonly kid: unknown
  readonly reason: string
}

/** The keys of the issuer that can check signatures, each under the algorithms that it fits and under no other. */
export class KeySet {
  readonly #byName = new Map<string, string[]>()
  readonly #nameless = new Map<string, string[]>()
  readonly #byAlgorithm = new Map<string, string[]>()
  /** Keys that the issuer seems to mean for signatures, and that are not used all the same. */
  readonly ignored: readonly IgnoredKey[]

  constructor(keys: readonly SigningKey[], ignored: readonly IgnoredKey[] = []) {
    this.ignored = ignored
    for (const { kid, algorithms, pem } of keys) {
      for (const alg of algorithms) {
        addTo(this.#byAlgorithm, alg, pem)
        if (kid === null) addTo(this.#nameless, alg, pem)
        else addTo(this.#byName, nameOf(alg, kid), pem)
      }
    }
  }

  /** Whether there is a key for this algorithm. */
  has(alg: string): boolean {
    return this.#byAlgorithm.has(alg)
  }

  get isEmpty(): boolean {
    return this.#byAlgorithm.size === 0
  }

  /**
   * Returns the keys, as PEM, that may have signed a token with this header. A `kid` is optional, in a token as in a key
   * (RFC 7515, 4.1.4; RFC 7517, 4.5), and two keys may share one: a token without `kid` is checked with the keys that
   * have none, or with the only key there is; a token whose `kid` is not listed, with the keys that have none.
   */
  find(alg: string, kid: string | null): readonly string[] {
    if (kid !== null) return this.#byName.get(nameOf(alg, kid)) ?? this.#nameless.get(alg) ?? none
    const nameless = this.#nameless.get(alg)
    if (nameless !== undefined) return nameless
    const all = this.#byAlgorithm.get(alg) ?? none
    return all.length === 1 ? all : none
  }

  /** Whether each key of this set is in the other one too, under the same name. */
  isWithin(other: KeySet): boolean {
    return isWithin(this.#byName, other.#byName) && isWithin(this.#nameless, other.#nameless)
  }
}

/** The name of a key in a set. */
export function nameOf(alg: string, kid: string): string {
  return `${alg} ${kid}`
}

function addTo(keys: Map<string, string[]>, name: string, pem: string): void {
  const listed = keys.get(name)
  if (listed === undefined) keys.set(name, [pem])
  else if (!listed.includes(pem) && listed.length < maxCandidates) listed.push(pem)
}

function isWithin(some: ReadonlyMap<string, readonly string[]>, all: ReadonlyMap<string, readonly string[]>): boolean {
  for (const [name, pems] of some) {
    const listed = all.get(name)
    if (listed === undefined || !pems.every((pem) => listed.includes(pem))) return false
  }
  return true
}

/**
 * Reads the document of a key endpoint. Keys for encryption, of other kinds or broken ones are left out and take no other
 * key with them; a document without a single good key is an error.
 */
export async function readKeySet(document: unknown): Promise<KeySet> {
  const keys = keysIn(document)
  if (keys === null) throw new Error('the answer of the key endpoint is not a JWKS')
  const good: SigningKey[] = []
  const ignored: IgnoredKey[] = []
  for (const jwk of keys.slice(0, maxKeys)) {
    const read = await readSigningKey(jwk)
    if (read.ok) good.push(read.key)
    else if (read.reason !== null) ignored.push({ kid: kidOf(jwk), reason: read.reason })
  }
  if (good.length === 0) {
    const cause = new Error(ignored.map(({ reason }) => reason).join('; ') || 'no key is meant for signatures')
    throw new Error('the answer of the key endpoint has no usable key', { cause })
  }
  return new KeySet(good, ignored)
}

function kidOf(jwk: unknown): unknown {
  return typeof jwk === 'object' && jwk !== null && 'kid' in jwk ? jwk.kid : null
}
