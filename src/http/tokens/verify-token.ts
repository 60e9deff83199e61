import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../delivery/refusal.ts'
import { hasTwoAuthorizations, isTooLong, tokenIn } from './bearer-header.ts'
import { type ClaimRules, type Claims, clockToleranceMs, toClaims } from './claims.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { maxKidLength } from './key-set.ts'
import { TokenMemory } from './memory.ts'
import { notProcessable, refusalOf } from './refusals.ts'

export type { Claims } from './claims.ts'

/** Signature algorithms that can be allowed: asymmetric ones, in the forms that issuers of access tokens use. */
export type TokenAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512'

const defaultAlgorithms: readonly TokenAlgorithm[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

export interface TokenOptions {
  readonly keys: IssuerKeys
  /** What `iss` must be; when absent, any issuer whose token one of the keys has signed. */
  readonly issuer?: string | undefined
  /** What `aud`, or else `client_id`, must be or contain. */
  readonly audience?: string | readonly string[] | undefined
  /** The claim that is the client id; `sub` when absent. */
  readonly clientIdClaim?: string | undefined
  readonly algorithms?: readonly TokenAlgorithm[]
  /** How many verified tokens are certainly remembered. */
  readonly memorySize?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * The claims of the token in an `Authorization` header. With a token seen before the answer is there at once; only one
 * whose key has to be fetched gives a promise. Throws, or rejects, with a `Refusal`, and with nothing else.
 */
export type VerifyToken = (
  authorization: string | undefined,
  /** The request's headers as they came, to find a second `Authorization` among them. */
  rawHeaders?: readonly string[],
) => Claims | Promise<Claims>

interface Decoded {
  readonly header: Readonly<Record<string, unknown>>
}

/** Adds @fastify/jwt to the app, set up so that nothing in a token decides how it is verified, and gives the verifier. */
export async function tokenVerifier(app: FastifyInstance, options: TokenOptions): Promise<VerifyToken> {
  const { keys, issuer, audience = [], clientIdClaim = 'sub', algorithms = defaultAlgorithms, now = Date.now } = options
  const rules: ClaimRules = { clientIdClaim, audiences: typeof audience === 'string' ? [audience] : audience }
  await app.register(fastifyJwt, {
    // The key goes with each call, together with the one algorithm it is for. A call without one is refused.
    secret: { public: () => Promise.reject(new Error('tokens are verified with the key that verifyToken brings')) },
    decode: { complete: true },
    verify: {
      algorithms: [...algorithms],
      // The verifier checks the issuer of tokens that name one; that they do is a requirement of its own.
      ...(issuer === undefined ? { requiredClaims: ['exp'] } : { requiredClaims: ['exp', 'iss'], allowedIss: issuer }),
      clockTolerance: clockToleranceMs,
      // Its own memory decodes and hashes at every hit.
      cache: false,
    },
  })

  const memory = new TokenMemory(options.memorySize)
  let generation = keys.generation

  const accept = (authorization: string, token: string, { header }: Decoded, alg: TokenAlgorithm, kid: string) => {
    const key = keys.get(alg, kid)
    if (key === undefined) throw new Refusal('ERROR_INVALID_SIGNATURE')
    const nowMs = now()
    let payload: Record<string, unknown>
    try {
      payload = app.jwt.verify(token, { key, algorithms: [alg], clockTimestamp: nowMs })
    } catch (error) {
      throw refusalOf(error)
    }
    // The verifier overlooks a `crit` that is null, false or empty.
    if (header.crit !== undefined) throw notProcessable('The token demands an extension that is not known here')
    const claims = toClaims(payload, rules, nowMs)
    memory.set(authorization, claims)
    return claims
  }

  const verifyAnew = (authorization: string | undefined): Claims | Promise<Claims> => {
    const token = tokenIn(authorization)
    const decoded = decode(app, token)
    const { alg, kid = '' } = decoded.header
    const allowed = algorithms.find((one) => one === alg)
    if (allowed === undefined || typeof kid !== 'string' || kid.length > maxKidLength) {
      throw new Refusal('ERROR_INVALID_SIGNATURE')
    }
    const proceed = () => accept(authorization as string, token, decoded, allowed, kid)
    return keys.get(allowed, kid) === undefined ? keys.lookFor(allowed, kid).then(proceed) : proceed()
  }

  return (authorization, rawHeaders) => {
    if (rawHeaders !== undefined && hasTwoAuthorizations(rawHeaders)) {
      throw new Refusal('ERROR_INVALID_JWT', { message: 'There is more than one Authorization header' })
    }
    if (authorization === undefined) return verifyAnew(authorization)
    if (isTooLong(authorization)) throw new Refusal('ERROR_INVALID_JWT', { message: 'The token is too long' })
    const nowMs = now()
    // Clients with remembered tokens never ask for a key, so it is here that withdrawn ones are noticed.
    keys.refreshIfDue(nowMs)
    if (generation !== keys.generation) {
      memory.clear()
      generation = keys.generation
    }
    const claims = memory.get(authorization)
    if (claims === undefined) return verifyAnew(authorization)
    if (claims.expiresAtMs <= nowMs) throw new Refusal('ERROR_TOKEN_EXPIRED')
    return claims
  }
}

function decode(app: FastifyInstance, token: string): Decoded {
  let decoded: Decoded | null
  try {
    decoded = app.jwt.decode<Decoded>(token)
  } catch {
    // Without its cause: a parser's error quotes the token.
    throw new Refusal('ERROR_INVALID_JWT')
  }
  if (decoded === null) throw new Refusal('ERROR_INVALID_JWT')
  return decoded
}
