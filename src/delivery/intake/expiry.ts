import { instantOf } from './instant.ts'

/** When a notification expires, as its sender said somewhere. Absent members say nothing. */
export interface SaidExpiry {
  /** A time. */
  readonly expiresAt?: unknown
  /** A number of seconds from the moment at which the notification is accepted. */
  readonly ttlSeconds?: unknown
}

/** When a notification expires, as far as its sender said: of several times, and of several durations, the earliest. */
export interface Expiry {
  /** RFC 3339, UTC, with milliseconds; null for no time. */
  readonly expiresAt: string | null
  /** Null for no duration. */
  readonly ttlSeconds: number | null
}

/** The expiry, or why something that was said is none. */
export type ReadExpiry =
  | { readonly ok: true; readonly expiry: Expiry }
  | { readonly ok: false; readonly reason: string }

/** The expiry of a notification whose sender says nothing of it. */
export const noExpiry: Expiry = { expiresAt: null, ttlSeconds: null }

/** Some 31 years: what is longer is a mistake, and would be no valid time. */
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
