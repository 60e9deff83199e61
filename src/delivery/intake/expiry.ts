import { instantOf } from './instant.ts'

/** An expiry as one place of a message or request says it. Absent members say nothing. */
export interface SaidExpiry {
  /** A time. */
  readonly expiresAt?: unknown
  /** A number of seconds from the moment at which the notification is accepted. */
  readonly ttlSeconds?: unknown
}

/** An expiry that was read: the earliest of the times, and the shortest of the durations, that the sender gave. */
export interface Expiry {
  /** A time in RFC 3339, UTC, with milliseconds; null when none was given. */
  readonly expiresAt: string | null
  /** Null when no duration was given. */
  readonly ttlSeconds: number | null
}

/** The expiry, or why it is refused. */
export type ReadExpiry =
  | { readonly ok: true; readonly expiry: Expiry }
  | { readonly ok: false; readonly reason: string }

/** The expiry of a notification whose sender says nothing of it. */
export const noExpiry: Expiry = { expiresAt: null, ttlSeconds: null }

/** Some 31 years: a longer duration is a mistake, and its end no valid time. */
const maxTtlSeconds = 999_999_999

/**
 * Reads the expiries of one notification, which may be said in several places. A malformed one is refused and not ignored, or
 * the notification would be handed over too late.
 */
export function readExpiry(said: readonly SaidExpiry[]): ReadExpiry {
  let { expiresAt, ttlSeconds } = noExpiry
  for (const one of said) {
    if (isSaid(one.expiresAt)) {
      const instant = instantOf(one.expiresAt)
      if (instant === null) return { ok: false, reason: 'the time of expiry is not a date and time with an offset' }
      expiresAt = earliest(expiresAt, instant)
    }
    if (isSaid(one.ttlSeconds)) {
      const seconds = secondsOf(one.ttlSeconds)
      if (seconds === null) return { ok: false, reason: 'the time to live is not a whole number of seconds from 1' }
      ttlSeconds = Math.min(ttlSeconds ?? seconds, seconds)
    }
  }
  return { ok: true, expiry: { expiresAt, ttlSeconds } }
}

/** Returns when a notification that was accepted at this moment (milliseconds since 1970) expires; null for never. */
export function expiresAtOf({ expiresAt, ttlSeconds }: Expiry, acceptedMs: number): string | null {
  if (ttlSeconds === null) return expiresAt
  return earliest(expiresAt, new Date(acceptedMs + ttlSeconds * 1_000).toISOString())
}

/** Returns the earlier of two times that are written in the same form. */
function earliest(one: string | null, other: string): string {
  return one !== null && one < other ? one : other
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Returns a number of seconds that is written as a number or, as attributes are, as digits; null for anything else. */
function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  const isValid = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= maxTtlSeconds
  return isValid ? seconds : null
}
