import type { Input } from '../contract/operations.ts'
import { Refusal } from '../delivery/refusal.ts'

/** A poll ends this much before its token expires, because deadlines fire a little late. */
const beforeExpiryMs = 100

/** Returns the time in milliseconds for which a poll may use the token. */
export function tokenTimeLeft(expiresAtMs: number, nowMs: number): number {
  return Math.max(0, expiresAtMs - nowMs - beforeExpiryMs)
}

/** Returns the wait that the client asks for, in seconds, or null. The query takes precedence over `Prefer: wait=n`. */
export function askedWait({ query, headers }: Input<'awaitNotifications'>): number | null {
  return query.wait ?? preferredWait(headers?.prefer)
}

/**
 * Returns the seconds of `Prefer: wait=n`, or null when the header has no `wait`.
 * The first `wait` counts (RFC 7240, section 2); a value that is not a number of seconds is refused.
 */
function preferredWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null
  for (const preference of prefer.split(',')) {
    const match = /^\s*wait\s*=\s*"?([^";]*)"?\s*(;|$)/i.exec(preference)
    if (match === null) continue
    const value = (match[1] ?? '').trim()
    if (!/^\d+(\.\d+)?$/.test(value)) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'Prefer: wait must be a number of seconds, 0 or more' })
    }
    return Number(value)
  }
  return null
}
