import { createVerifier } from 'fast-jwt'

/** The part of the verifier's options that holds for every key. */
export type VerifierRules = Pick<
  NonNullable<Parameters<typeof createVerifier>[0]>,
  'requiredClaims' | 'allowedIss' | 'clockTolerance'
>

/** Returns the payload of a token, or throws an error of the verifier. */
type Verify = (token: string) => Record<string, unknown>

/** The clocks of issuer and service differ by more than this. */
const freshMs = 10

/**
 * Verifiers, each for one key and one algorithm. To make one, its key is parsed, which takes as long as to check a
 * signature: so a verifier serves all tokens of a moment. It cannot serve longer, since it is made with the time to compare
 * `exp` and `nbf` with.
 */
export class KeyVerifiers {
  readonly #rules: VerifierRules
  readonly #verifiers = new Map<string, { readonly verify: Verify; readonly madeAtMs: number }>()

  constructor(rules: VerifierRules) {
    this.#rules = rules
  }

  /** Verifies the token with this key, as PEM, and this algorithm alone. */
  verify(token: string, key: { readonly pem: string; readonly alg: string }, nowMs: number): Record<string, unknown> {
    const name = key.alg + key.pem
    const known = this.#verifiers.get(name)
    if (known !== undefined && nowMs >= known.madeAtMs && nowMs - known.madeAtMs < freshMs) return known.verify(token)
    const verify = this.#make(key, nowMs)
    this.#verifiers.set(name, { verify, madeAtMs: nowMs })
    return verify(token)
  }

  /** Forgets all keys. */
  clear(): void {
    this.#verifiers.clear()
  }

  #make({ pem, alg }: { readonly pem: string; readonly alg: string }, nowMs: number): Verify {
    return createVerifier({
      ...this.#rules,
      key: pem,
      algorithms: [alg as 'RS256'],
      clockTimestamp: nowMs,
      // Its own memory decodes and hashes at every hit.
      cache: false,
    })
  }
}
