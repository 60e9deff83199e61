import { Refusal } from './refusal.ts'

/**
 * Returns the seconds of `Prefer: wait=n`, or null when the header has no `wait`.
 * The first `wait` counts (RFC 7240, section 2); a value that is not a number of seconds is refused, and so is a `wait`
 * without a value, which means the same as an empty value.
 */
export function preferredWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null
  for (const preference of prefer.split(',')) {
    const match = /^\s*wait\s*(?:=\s*"?([^";]*)"?\s*)?(?:;|$)/i.exec(preference)
    if (match === null) continue
    const value = (match[1] ?? '').trim()
    if (!/^\d+(\.\d+)?$/.test(value)) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'Prefer: wait must be a number of seconds, 0 or more' })
    }
    return Number(value)
  }
  return null
}
