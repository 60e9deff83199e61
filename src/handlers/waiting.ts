import type { Input } from '../contract/operations.ts'
import { Refusal } from '../delivery/refusal.ts'

/** Deadlines are called a little late; a poll must be over before its token is. */
const beforeExpiryMs = 100

/** How long the token is good for a poll, in milliseconds. */
export function tokenTimeLeft(expiresAtMs: number, nowMs: number): number {
  return Math.max(0, expiresAtMs - nowMs - beforeExpiryMs)
}

/** The seconds that the client asks to wait; null when it does not say. The query wins over `Prefer: wait=n`. */
export function askedWait({ query, headers }: Input<'awaitNotifications'>): number | null {
  return query.wait ?? preferredWait(headers?.prefer)
}

/**
 * The seconds of `Prefer: wait=n`, or null when the header does not say.
 * The first one counts (RFC 7240, section 2); one that is no number of seconds is refused.
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
