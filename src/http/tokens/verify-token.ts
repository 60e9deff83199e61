import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { hasTwoAuthorizations, isTooLong, tokenIn } from './bearer-header.ts'
import { type ClaimRules, type Claims, toClaims } from './claims.ts'
import { grantingServers } from './granting-servers.ts'
import type { IssuerKeys, KeyHint } from './issuer-keys.ts'
import { TokenMemory } from './memory.ts'
import { NoTokenGiven, notProcessable } from './refusals.ts'
import { refusedAlgorithms } from './refused-algorithms.ts'
import type { ScopeRules } from './scopes.ts'
import { Signatures } from './signatures.ts'
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

/** The parts of a token, the last two as they were sent. */
interface Decoded {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly input: string
  readonly signature: string
}

/** A token that is to be judged. */
interface Candidate extends Decoded {
  readonly authorization: string
  readonly hint: KeyHint & { readonly alg: TokenAlgorithm }
}

const defaultScopes: ScopeRules = { claims: ['scope', 'scp'], prefix: null }

/** Adds @fastify/jwt to the app, set up so that nothing in a token decides how it is verified, and returns the verifier. */
export async function tokenVerifier(app: FastifyInstance, options: TokenOptions): Promise<VerifyToken> {
  const { keys, issuers = [], audiences = [], clientIdClaim = 'sub', scopes = defaultScopes } = options
  const { algorithms = defaultAlgorithms, now = Date.now } = options
  const rules: ClaimRules = { clientIdClaim, issuers, audiences, scopes }
  const noteServers = grantingServers(options.log, scopes)
  const tellOfAlgorithm = refusedAlgorithms(options.log, algorithms)
  await app.register(fastifyJwt, {
    // It reads tokens, and verifies none: the key and the one algorithm it is for are chosen here.
    secret: { public: () => Promise.reject(new Error('tokens are verified with the key that verifyToken brings')) },
    decode: { complete: true },
    verify: { algorithms: [...algorithms], requiredClaims: ['exp'], cache: false },
  })
  const signatures = new Signatures()
  const memory = new TokenMemory(options.memorySize)
  let generation = keys.generation

  const isMadeByOneOf = (pems: readonly string[], { hint: { alg }, input, signature }: Candidate): boolean =>
    pems.some((pem) => signatures.isMadeBy(pem, { alg, input, signature }))

  const accept = ({ authorization, header, payload }: Candidate): Claims => {
    if (header.crit !== undefined) throw notProcessable('The token demands an extension that is not known here')
    const claims = toClaims(payload, rules, now())
    noteServers(payload)
    memory.set(authorization, claims)
    return claims
  }

  const acceptWithNewKeys = async (candidate: Candidate, tried: readonly string[]): Promise<Claims> => {
    await keys.lookFor(candidate.hint, tried)
    const untried = keys.find(candidate.hint).filter((pem) => !tried.includes(pem))
    if (!isMadeByOneOf(untried, candidate)) throw new Refusal('ERROR_INVALID_SIGNATURE')
    return accept(candidate)
  }

  const verifyAnew = (authorization: string): Claims | Promise<Claims> => {
    const decoded = decode(app, tokenIn(authorization))
    const { header } = decoded
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
    const candidate = { ...decoded, authorization, hint: { alg, kid: kid === '' ? null : kid } }
    const pems = keys.find(candidate.hint)
    return isMadeByOneOf(pems, candidate) ? accept(candidate) : acceptWithNewKeys(candidate, pems)
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
      signatures.clear()
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
