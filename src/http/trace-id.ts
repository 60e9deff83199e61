import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const plain = /^[\w.:/-]{1,128}$/
/** W3C Trace Context, section 3.2: version, trace id, parent id, flags. */
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/

/**
 * The trace id of a request: its `trace-id`, else the one in its `traceparent`, else a new one.
 * What does not look like one is replaced: it goes into logs and back into a header.
 */
export function traceIdOf(request: IncomingMessage): string {
  const { headers } = request
  const given = headers['trace-id']
  if (typeof given === 'string' && plain.test(given)) return given
  const parent = headers.traceparent
  const [, id] = (typeof parent === 'string' && traceparent.exec(parent)) || []
  return id !== undefined && id !== '0'.repeat(32) ? id : newTraceId()
}

/** As long as a trace id of W3C Trace Context, in bytes. */
const idBytes = 16
const pool = Buffer.alloc(256 * idBytes)
let used = pool.length

/** A random trace id. Bytes are drawn for many at once; and it is one flat string, since every held poll keeps its own. */
export function newTraceId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.toString('hex', used - idBytes, used)
}
