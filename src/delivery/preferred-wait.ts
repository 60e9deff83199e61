import { Refusal } from './refusal.ts'

/**
 * Returns the seconds of `Prefer: wait=n`, or null when the header has no `wait`.
 * The first `wait` counts (RFC 7240, section 2); a value that is not a number of seconds is refused, and so is a `wait`
 * without a value, which means the same as an empty value.
 */
export function preferredWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null
  const [wait] = preferencesOf(prefer).filter((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference))
  if (wait === undefined) return null
  const [, quoted, bare] = /^[^=;]*=\s*(?:"([\d.]+)"|([\d.]+))\s*(?:;|$)/.exec(wait) ?? []
  const value = quoted ?? bare ?? ''
  if (!/^\d+(\.\d+)?$/.test(value)) {
    throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'Prefer: wait must be a number of seconds, 0 or more' })
  }
  return Number(value)
}

/** Splits at the commas outside of quoted strings, which may contain anything, also `, wait=9`. */
function preferencesOf(prefer: string): readonly string[] {
  const preferences: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < prefer.length; at++) {
    if (prefer[at] === '"') isQuoted = !isQuoted
    else if (prefer[at] === '\\' && isQuoted) at++
    else if (prefer[at] === ',' && !isQuoted) {
      preferences.push(prefer.slice(start, at))
      start = at + 1
    }
  }
  return [...preferences, prefer.slice(start)]
}
