import type { Input } from '../contract/operations.ts'
import { preferredWait } from '../delivery/preferred-wait.ts'

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
