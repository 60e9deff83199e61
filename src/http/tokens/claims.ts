import { isClientId } from '../../delivery/notification.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { notProcessable } from './refusals.ts'
import { type ScopeRules, scopesOf } from './scopes.ts'

/** The claims of a verified token that matter here. */
export interface Claims {
  /** Null for a token that names no client, such as a machine's: good only for operations that need a scope. */
  readonly clientId: string | null
  /** The scopes that are granted here, without the name of a resource server. */
  readonly scopes: ReadonlySet<string>
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

export interface ClaimRules {
  /** The claim that is the client id. */
  readonly clientIdClaim: string
  /** The accepted values of `iss`; with none, the issuer is not checked. */
  readonly issuers: readonly string[]
  /** The accepted audiences; with none, the audience is not checked. */
  readonly audiences: readonly string[]
  readonly scopes: ScopeRules
}

/**
 * How far the issuer's clock may be ahead of ours, for `nbf` and `iat` only: a token is used within milliseconds of being
 * issued, and virtual machines drift by seconds. Not for `exp`: an expired token has had its whole life to be renewed.
 */
export const clockToleranceMs = 30_000

/** A token that lives longer than this is a mistake of the issuer, such as `exp` in milliseconds. */
const maxLifeMs = 10 * 365 * 24 * 60 * 60 * 1000

/** No calendar has a date that is further from 1970 (ECMAScript, 21.4.1.1). */
const maxSeconds = 8.64e12

/** Judges the claims of a token whose signature is good; throws the refusal for those that are not accepted. */
export function toClaims(
  payload: Readonly<Record<string, unknown>>,
  { clientIdClaim, issuers, audiences, scopes }: ClaimRules,
  nowMs: number,
): Claims {
  const expiresAtMs = expiryOf(payload.exp, nowMs)
  if (payload.nbf !== undefined && !isPast(payload.nbf, nowMs)) throw notProcessable('The token is not valid yet')
  if (issuers.length > 0 && !issuers.some((issuer) => issuer === payload.iss)) {
    throw notProcessable('The issuer of the token is not accepted here')
  }
  if (payload.iat !== undefined && !isPast(payload.iat, nowMs)) throw notProcessable('The token is not issued yet')
  if (audiences.length > 0 && !isMeantFor(payload, audiences)) {
    throw notProcessable('The audience of the token is not accepted here')
  }
  return { clientId: clientIdOf(payload, clientIdClaim), scopes: scopesOf(payload, scopes), expiresAtMs }
}

function clientIdOf(payload: Readonly<Record<string, unknown>>, claim: string): string | null {
  const id = Object.hasOwn(payload, claim) ? payload[claim] : undefined
  if (isClientId(id)) return id
  // `sub` is text (RFC 7519, 4.1.2); claims of one's own may be the number of a row (Django's `user_id`).
  return claim !== 'sub' && Number.isSafeInteger(id) ? String(id) : null
}

function expiryOf(exp: unknown, nowMs: number): number {
  if (typeof exp !== 'number' || !(Math.abs(exp) <= maxSeconds)) throw notProcessable('The token has no expiry')
  const expiresAtMs = exp * 1000
  if (expiresAtMs <= nowMs) throw new Refusal('ERROR_TOKEN_EXPIRED')
  if (expiresAtMs > nowMs + maxLifeMs) throw notProcessable('The token expires too far in the future')
  return expiresAtMs
}

function isPast(seconds: unknown, nowMs: number): boolean {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds * 1000 <= nowMs + clockToleranceMs
}

/** Cognito's access tokens have a `client_id` and no `aud`. Where there is an `aud`, only `aud` counts. */
function isMeantFor({ aud, client_id }: Readonly<Record<string, unknown>>, audiences: readonly string[]): boolean {
  const meant = aud === undefined ? client_id : aud
  if (typeof meant === 'string') return audiences.includes(meant)
  // Only `aud` may be a list (RFC 7519, 4.1.3), and only of strings.
  if (aud === undefined || !Array.isArray(meant)) return false
  return meant.every((one) => typeof one === 'string') && meant.some((one) => audiences.includes(one))
}
