import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { hasTwoAuthorizations, isTooLong, tokenIn } from './bearer-header.ts'
import { type ClaimRules, type Claims, clockToleranceMs, toClaims } from './claims.ts'
import type { IssuerKeys, KeyHint } from './issuer-keys.ts'
import { KeyVerifiers } from './key-verifiers.ts'
import { KnownHeaders } from './known-headers.ts'
import { TokenMemory } from './memory.ts'
import { NoTokenGiven, notProcessable, refusalOf } from './refusals.ts'
import { refusedAlgorithms } from './refused-algorithms.ts'
import type { ScopeRules } from './scopes.ts'
import { maxKidLength } from './signing-key.ts'

export type { Claims } from './claims.ts'

/** Signature algorithms that can be allowed: asymmetric ones, in the forms that issuers of access tokens use. */
export type TokenAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512'

const defaultAlgorithms: readonly TokenAlgorithm[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

export interface TokenOptions {
  readonly keys: IssuerKeys
  readonly log: Pick<Log, 'info' | 'warn'>
  /** The accepted values of `iss`; with none, the issuer is not checked: the keys tell it. */
  readonly issuers?: readonly string[] | undefined
  /** The accepted values of `aud`, or else `client_id`; with none, the audience is not checked. */
  readonly audiences?: readonly string[] | undefined
  /** The claim that is the client id. */
  readonly clientIdClaim?: string | undefined
  readonly scopes?: ScopeRules
  readonly algorithms?: readonly TokenAlgorithm[]
  /** How many verified tokens are certainly remembered. */
  readonly memorySize?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Returns the claims of the token in an `Authorization` header: at once for a token seen before, and as a promise only for
 * a token whose key has to be fetched. Throws, or rejects, with a `Refusal`, and with nothing else.
 */
export type VerifyToken = (
  authorization: string | undefined,
  /** The request's headers as they came, to find a second `Authorization` among them. */
  rawHeaders?: readonly string[],
) => Claims | Promise<Claims>

interface Decoded {
  readonly header: Readonly<Record<string, unknown>>
}

/** The part of a token's header that counts. */
interface Header {
  readonly hint: KeyHint & { readonly alg: TokenAlgorithm }
  readonly demandsExtension: boolean
}

/** A token that is to be judged. */
interface Candidate extends Header {
  readonly authorization: string
  readonly token: string
  /** Whether the token was not parsed, since an accepted token had the same header. */
  readonly isUnread: boolean
}

const defaultScopes: ScopeRules = { claims: ['scope', 'scp'], prefix: null }

/** Adds @fastify/jwt to the app, set up so that nothing in a token decides how it is verified, and returns the verifier. */
export async function tokenVerifier(app: FastifyInstance, options: TokenOptions): Promise<VerifyToken> {
  const { keys, issuers = [], audiences = [], clientIdClaim = 'sub', scopes = defaultScopes } = options
  const { algorithms = defaultAlgorithms, now = Date.now } = options
  const rules: ClaimRules = { clientIdClaim, audiences, scopes }
  const tellOfAlgorithm = refusedAlgorithms(options.log, algorithms)
  await app.register(fastifyJwt, {
    // It reads tokens. They are verified with a key and the one algorithm it is for; any other call is refused.
    secret: { public: () => Promise.reject(new Error('tokens are verified with the key that verifyToken brings')) },
    decode: { complete: true },
    verify: { algorithms: [...algorithms], requiredClaims: ['exp'], cache: false },
  })
  const verifiers = new KeyVerifiers({
    // The verifier checks the issuer of tokens that name one; that they do is a requirement of its own.
    ...(issuers.length === 0
      ? { requiredClaims: ['exp'] }
      : { requiredClaims: ['exp', 'iss'], allowedIss: [...issuers] }),
    clockTolerance: clockToleranceMs,
  })

  const memory = new TokenMemory(options.memorySize)
  const headers = new KnownHeaders<Header>()
  let generation = keys.generation

  /** Returns the payload of a token that one of these keys has signed, or null when none of them has. */
  const payloadOf = ({ token, hint, isUnread }: Candidate, pems: readonly string[]): Record<string, unknown> | null => {
    for (const pem of pems) {
      try {
        return verifiers.verify(token, { pem, alg: hint.alg }, now())
      } catch (error) {
        const refusal = refusalOf(error)
        // A malformed token is refused as such, and without the verifier's error, which quotes the token.
        if (isUnread) decode(app, token)
        // Only a wrong signature may be another key's.
        if (refusal.code !== 'ERROR_INVALID_SIGNATURE') throw refusal
      }
    }
    return null
  }

  const accept = (candidate: Candidate, payload: Record<string, unknown>): Claims => {
    const { authorization, token, hint, demandsExtension, isUnread } = candidate
    // The verifier overlooks a `crit` that is null, false or empty.
    if (demandsExtension) throw notProcessable('The token demands an extension that is not known here')
    const claims = toClaims(payload, rules, now())
    memory.set(authorization, claims)
    if (!isUnread) headers.learn(token, { hint, demandsExtension })
    return claims
  }

  const acceptWithNewKeys = async (candidate: Candidate, tried: readonly string[]): Promise<Claims> => {
    await keys.lookFor(candidate.hint, tried)
    const untried = keys.find(candidate.hint).filter((pem) => !tried.includes(pem))
    const payload = payloadOf(candidate, untried)
    if (payload === null) throw new Refusal('ERROR_INVALID_SIGNATURE')
    return accept(candidate, payload)
  }

  const readHeader = (token: string): Header => {
    const { header } = decode(app, token)
    const alg = algorithms.find((one) => one === header.alg)
    if (alg === undefined) {
      tellOfAlgorithm(header.alg)
      throw new Refusal('ERROR_INVALID_SIGNATURE', {
        message: 'The signature algorithm of the token is not accepted here',
      })
    }
    const { kid = null } = header
    if (kid !== null && (typeof kid !== 'string' || kid.length > maxKidLength)) {
      throw new Refusal('ERROR_INVALID_SIGNATURE')
    }
    return { hint: { alg, kid: kid === '' ? null : kid }, demandsExtension: header.crit !== undefined }
  }

  const verifyAnew = (authorization: string): Claims | Promise<Claims> => {
    const token = tokenIn(authorization)
    const known = headers.find(token)
    const candidate = { authorization, token, isUnread: known !== undefined, ...(known ?? readHeader(token)) }
    const pems = keys.find(candidate.hint)
    const payload = payloadOf(candidate, pems)
    return payload === null ? acceptWithNewKeys(candidate, pems) : accept(candidate, payload)
  }

  return (authorization, rawHeaders) => {
    if (rawHeaders !== undefined && hasTwoAuthorizations(rawHeaders)) {
      throw new Refusal('ERROR_INVALID_JWT', { message: 'There is more than one Authorization header' })
    }
    if (authorization === undefined) throw new NoTokenGiven()
    if (isTooLong(authorization)) throw new Refusal('ERROR_INVALID_JWT', { message: 'The token is too long' })
    const nowMs = now()
    // Clients with remembered tokens never ask for a key, so it is here that withdrawn ones are noticed.
    keys.refreshIfDue(nowMs)
    if (generation !== keys.generation) {
      memory.clear()
      headers.clear()
      verifiers.clear()
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
    throw new Refusal('ERROR_INVALID_JWT', isEncrypted(token) ? { message: encrypted } : {})
  }
  if (decoded === null) throw new Refusal('ERROR_INVALID_JWT')
  return decoded
}

const encrypted =
  'The token is encrypted (a JWE), so only its issuer can read it: have it signed for this service instead'

/** Whether the token has the five parts of an encrypted one (RFC 7516). Auth0 gives those when nobody names an audience. */
function isEncrypted(token: string): boolean {
  return token.split('.').length === 5
}
