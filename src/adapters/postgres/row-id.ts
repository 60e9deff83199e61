import { randomFillSync } from 'node:crypto'

let lastMs = 0
let count = 0
/** The time of the last id, as the id begins. */
let prefix = ''
/** In one millisecond; the counter has twelve bits. */
const maxCount = 0xfff

/**
 * Returns the id of a new row, a UUID of version 7: later ids of this process are greater. So rows of one statement, which
 * share its time, are still in the order of their callers; and new rows come last in the index, where their neighbours are.
 */
export function newRowId(nowMs = Date.now()): string {
  count += 1
  // When the clock was set back, or the counter is at its end, the ids run ahead of the clock.
  if (nowMs > lastMs || count > maxCount) {
    lastMs = Math.max(nowMs, lastMs + 1)
    count = 0
    const time = lastMs.toString(16).padStart(12, '0')
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  return `${prefix}${count.toString(16).padStart(3, '0')}-${randomEnd()}`
}

/** The random bytes of one id. */
const randomBytes = 8
const pool = Buffer.alloc(256 * randomBytes)
let used = pool.length

/** Returns the last two groups of a UUID. Random bytes are drawn for many at once. */
function randomEnd(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  // The two highest bits say that the id has the form of RFC 9562.
  pool[used] = 0x80 | ((pool[used] as number) & 0x3f)
  const digits = pool.toString('hex', used, used + randomBytes)
  used += randomBytes
  return `${digits.slice(0, 4)}-${digits.slice(4)}`
}
