import type { Refusal } from '../../delivery/refusal.ts'
import { OriginRefused } from '../origin-refused.ts'
import { NoTokenGiven } from './refusals.ts'

const challenge = 'Bearer realm="notifications"'

/** Characters that may not stand in `error_description` or `scope` (RFC 6750, 3): quotes, backslashes, all but ASCII. */
const notQuotable = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/**
 * The `WWW-Authenticate` header for a refusal (RFC 6750), or null for one that has nothing to do with the token.
 * `scope` is what the operation needs; it is said with a 403 only.
 */
export function wwwAuthenticate(refusal: Refusal, { scope }: { readonly scope?: string } = {}): string | null {
  if (refusal instanceof OriginRefused) return null
  if (refusal.status === 403) {
    const needed = scope === undefined ? '' : `, scope="${scope.replace(notQuotable, '')}"`
    return `${challenge}, error="insufficient_scope"${needed}`
  }
  if (refusal.status !== 401) return null
  if (refusal instanceof NoTokenGiven) return challenge
  return `${challenge}, error="invalid_token", error_description="${refusal.message.replace(notQuotable, '')}"`
}
