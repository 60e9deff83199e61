/** RFC 3339, and what widely used libraries write beside it: no seconds when they are zero, and offsets without a colon. */
const form = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)$/
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/

/**
 * Returns a time of RFC 3339, or of ISO 8601 with date, time and offset, in UTC with milliseconds; null for anything else. A
 * time without an offset is no moment.
 */
export function instantOf(value: unknown): string | null {
  const match = typeof value === 'string' ? form.exec(value) : null
  if (match === null) return null
  const [, date = '', minutes, seconds = ':00', hours, rest = '00'] = match
  const ms = Date.parse(`${date}T${minutes}${seconds}${hours === undefined ? 'Z' : `${hours}:${rest}`}`)
  // Of a day that its month does not have, JavaScript makes one of the next month.
  if (Number.isNaN(ms) || !new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return null
  const written = new Date(ms).toISOString()
  // An offset can move the year out of the four digits that RFC 3339 has.
  return rfc3339.test(written) ? written : null
}
