import { randomUUID } from 'node:crypto'

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
  return prefix + count.toString(16).padStart(3, '0') + randomUUID().slice(18)
}
