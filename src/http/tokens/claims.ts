import { isClientId } from '../../delivery/notification.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { notProcessable } from './refusals.ts'

/** What a verified token says about its bearer. */
export interface Claims {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** From here on the token is worth nothing: milliseconds since 1970. */
  readonly expiresAtMs: number
}

export interface ClaimRules {
  /** The claim that is the client id. */
  readonly clientIdClaim: string
  /** Whom a token must be for; empty when that does not matter. */
  readonly audiences: readonly string[]
}

/**
 * How far the issuer's clock may be ahead of ours, for `nbf` and `iat` only: a token is used within milliseconds of being
 * made. Not for `exp`: an expired token has had its whole life to be renewed.
 */
export const clockToleranceMs = 5_000

/** A token for longer than this is a mistake of the issuer, such as `exp` in milliseconds. */
const maxLifeMs = 10 * 365 * 24 * 60 * 60 * 1000

const noScopes: ReadonlySet<string> = new Set()

/** Judges the claims of a token whose signature is good; throws the refusal for those not accepted. */
export function toClaims(
  payload: Readonly<Record<string, unknown>>,
  { clientIdClaim, audiences }: ClaimRules,
  nowMs: number,
): Claims {
  const expiresAtMs = expiryOf(payload.exp, nowMs)
  if (payload.iat !== undefined && !isPast(payload.iat, nowMs)) throw notProcessable('The token is not issued yet')
  if (audiences.length > 0 && !isMeantFor(payload, audiences)) {
    throw notProcessable('The audience of the token is not accepted here')
  }
  const clientId = Object.hasOwn(payload, clientIdClaim) ? payload[clientIdClaim] : undefined
  // A lone surrogate has no UTF-8 form: written down, two such ids would become the same one.
  if (!isClientId(clientId) || !clientId.isWellFormed()) throw notProcessable('The token names no client')
  return { clientId, scopes: scopesOf(payload.scope), expiresAtMs }
}

function expiryOf(exp: unknown, nowMs: number): number {
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw notProcessable('The token has no expiry')
  const expiresAtMs = exp * 1000
  if (expiresAtMs <= nowMs) throw new Refusal('ERROR_TOKEN_EXPIRED')
  if (expiresAtMs > nowMs + maxLifeMs) throw notProcessable('The token expires too far in the future')
  return expiresAtMs
}

function isPast(iat: unknown, nowMs: number): boolean {
  return typeof iat === 'number' && Number.isFinite(iat) && iat * 1000 <= nowMs + clockToleranceMs
}

/** Cognito's access tokens have a `client_id` and no `aud`. Where there is an `aud`, it alone counts. */
function isMeantFor({ aud, client_id }: Readonly<Record<string, unknown>>, audiences: readonly string[]): boolean {
  const meant = aud === undefined ? client_id : aud
  if (typeof meant === 'string') return audiences.includes(meant)
  // Only `aud` may be a list (RFC 7519, 4.1.3), and only of strings.
  if (aud === undefined || !Array.isArray(meant)) return false
  return meant.every((one) => typeof one === 'string') && meant.some((one) => audiences.includes(one))
}

/** A space separated string (RFC 8693) or a list of strings; a scope of any other shape grants nothing. */
function scopesOf(scope: unknown): ReadonlySet<string> {
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : []
  const granted = new Set<string>()
  for (const one of scopes) if (typeof one === 'string' && one !== '') granted.add(one)
  return granted.size === 0 ? noScopes : granted
}
