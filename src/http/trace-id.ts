import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { readTraceContext, type TraceContext } from '../delivery/trace-context.ts'

const plain = /^[\w.:/-]{1,128}$/
/** W3C Trace Context, section 3.2: version, trace id, parent id, flags. */
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/

/**
 * Returns the trace id of a request: its `trace-id`, else the one in its `traceparent`, else a new one.
 * A malformed trace id is replaced, since the trace id goes into logs and into a header.
 */
export function traceIdOf(request: IncomingMessage): string {
  const { headers } = request
  const given = headers['trace-id']
  if (typeof given === 'string' && plain.test(given)) return given
  const parent = headers.traceparent
  const [, id] = (typeof parent === 'string' && traceparent.exec(parent)) || []
  return id !== undefined && id !== '0'.repeat(32) ? id : newTraceId()
}

/** Returns the trace that a request belongs to: its `traceparent` with its `tracestate`; null when it names none. */
export function traceOf({ headers }: IncomingMessage): TraceContext | null {
  return headers.traceparent === undefined ? null : readTraceContext(headers.traceparent, headers.tracestate)
}

/** The length of a trace id of W3C Trace Context. */
const idBytes = 16
const pool = Buffer.alloc(256 * idBytes)
let used = pool.length

/** Returns a random trace id. Random bytes are drawn for many at once. The string is flat, since every held poll keeps one. */
export function newTraceId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.toString('hex', used - idBytes, used)
}
