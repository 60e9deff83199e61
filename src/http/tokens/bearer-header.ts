import { Refusal } from '../../delivery/refusal.ts'
import { NoTokenGiven } from './refusals.ts'

/** Longest token that is looked at, in characters. Cognito's stay below 2 KiB; longer ones would only cost memory. */
export const maxTokenLength = 16 * 1024

const scheme = 'bearer'
/** Longest header that is looked at: the scheme, one space and the token. */
const maxHeaderLength = scheme.length + 1 + maxTokenLength

const bearer = /^bearer +([^\s]+)$/i
/** Another scheme, or a scheme alone: the sender did not know that a bearer token is needed, or left the token out. */
const otherScheme = /^(?!bearer\s)|^bearer\s*$/i

/** Whether the header is too long to be worth a look, a hash or a place in memory. */
export function isTooLong(authorization: string): boolean {
  return authorization.length > maxHeaderLength
}

/** Returns the token in an `Authorization` header; throws the refusal for a header without a token. */
export function tokenIn(authorization: string): string {
  if (otherScheme.test(authorization)) throw new NoTokenGiven()
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw new Refusal('ERROR_INVALID_JWT')
  return token
}

const name = 'authorization'

/**
 * Whether a request carries more than one `Authorization` header. Node keeps the first and drops the rest, a balancer may
 * have judged by the last: such a request is refused. Compares in place, since this runs for every request.
 */
export function hasTwoAuthorizations(rawHeaders: readonly string[]): boolean {
  let seen = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!isAuthorization(rawHeaders[i] as string)) continue
    if (seen) return true
    seen = true
  }
  return false
}

function isAuthorization(header: string): boolean {
  if (header.length !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    // 0x20 is what separates the cases of an ASCII letter; no other character of a header name becomes one by it.
    if ((header.charCodeAt(i) | 0x20) !== name.charCodeAt(i)) return false
  }
  return true
}
