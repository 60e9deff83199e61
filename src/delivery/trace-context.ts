/**
 * The trace that a notification belongs to, as W3C Trace Context: a `traceparent` and, after a blank, a `tracestate` when
 * there is one. The core carries it and never looks into it.
 */
export type TraceContext = string

/** W3C Trace Context, section 3.2: version, trace id, parent id and flags. A later version may have more after them. */
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** Members of a vendor each, separated by commas. Longer ones may be dropped (section 3.3.1.5). */
const maxStateLength = 512
const stateForm = /^[\x20-\x7e\t]+$/

interface Parts {
  readonly traceparent: string
  readonly tracestate: string | null
}

/**
 * Returns the trace context that two headers, attributes or members of these names carry; null for a malformed
 * `traceparent`, and without a malformed `tracestate`. Neither is a reason to refuse anything.
 */
export function readTraceContext(traceparent: unknown, tracestate?: unknown): TraceContext | null {
  if (typeof traceparent !== 'string' || traceparent.length > maxStateLength) return null
  const [, version, traceId, parentId, flags, more] = traceparentForm.exec(traceparent) ?? []
  if (traceId === undefined || (version === '00' && more !== undefined)) return null
  // Of a later version only these parts are known here (section 4.3).
  const known = `00-${traceId}-${parentId}-${flags}`
  const isGood = typeof tracestate === 'string' && tracestate.length <= maxStateLength && stateForm.test(tracestate)
  return isGood && tracestate.trim() !== '' ? `${known} ${tracestate.trim()}` : known
}

/** Returns the two texts of a trace context. */
export function partsOf(trace: TraceContext): Parts {
  const at = trace.indexOf(' ')
  return at === -1
    ? { traceparent: trace, tracestate: null }
    : { traceparent: trace.slice(0, at), tracestate: trace.slice(at + 1) }
}

/** Whether two contexts belong to one trace. */
export function isSameTrace(one: TraceContext, other: TraceContext): boolean {
  return traceIdIn(one) === traceIdIn(other)
}

function traceIdIn(trace: TraceContext): string | undefined {
  return partsOf(trace).traceparent.split('-')[1]
}

/** The form of AWS X-Ray, in the system attribute `AWSTraceHeader`: the first 8 digits of the trace id stand apart. */
const xRayRoot = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/i
const xRayParent = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/i
const xRaySampled = /(?:^|;)\s*Sampled=1(?:;|$)/i

/** Returns the trace context of a header of AWS X-Ray; null for one without a parent, and for any other text. */
export function readXRayHeader(header: unknown): TraceContext | null {
  if (typeof header !== 'string' || header.length > maxStateLength) return null
  const [, epoch, unique] = xRayRoot.exec(header) ?? []
  const [, parent] = xRayParent.exec(header) ?? []
  if (epoch === undefined || unique === undefined || parent === undefined) return null
  const flags = xRaySampled.test(header) ? '01' : '00'
  return readTraceContext(`00-${epoch}${unique}-${parent}-${flags}`.toLowerCase())
}

/** Returns the trace context as a header of AWS X-Ray, which has no room for a `tracestate`. */
export function writeXRayHeader(trace: TraceContext): string {
  const [, traceId = '', parentId = '', flags = ''] = partsOf(trace).traceparent.split('-')
  const sampled = Number.parseInt(flags, 16) & 1
  return `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${parentId};Sampled=${sampled}`
}
