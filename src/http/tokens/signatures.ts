import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** The algorithm, and the encoded parts of a token that it has signed. */
export interface Signed {
  readonly alg: string
  /** The header and the payload, as they were sent. */
  readonly input: string
  readonly signature: string
}

/**
 * Checks the signatures of tokens with Node's own verifier, and remembers the keys in its form. Saves half of the time of a
 * new token beside the verifier of @fastify/jwt, which parses the token again, hands the key over within an object (Node
 * tries whether that is a key itself, and catches two exceptions), and is to be made anew for each moment, with its key.
 *
 * The caller decides about key and algorithm: only keys that are for the algorithm may be tried.
 */
export class Signatures {
  readonly #keys = new Map<string, KeyObject>()

  /** Whether this key, as PEM, has signed the token. */
  isMadeBy(pem: string, { alg, input, signature }: Signed): boolean {
    const hash = `sha${alg.slice(2)}`
    const key = this.#keyOf(pem)
    try {
      return verify(
        hash,
        Buffer.from(input),
        // RFC 7518, 3.4: signatures of curves are not written in DER.
        alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : key,
        Buffer.from(signature, 'base64url'),
      )
    } catch {
      return false
    }
  }

  /** Forgets all keys. */
  clear(): void {
    this.#keys.clear()
  }

  #keyOf(pem: string): KeyObject {
    const known = this.#keys.get(pem)
    if (known !== undefined) return known
    const key = createPublicKey(pem)
    this.#keys.set(pem, key)
    return key
  }
}
