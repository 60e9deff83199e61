import type { SpanAttributes, SpanStart } from '../../tracing/spans.ts'

/** A span that has ended, as it is sent to the collector. */
export interface EndedSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly parentId: string | null
  /** The `tracestate` of its trace. */
  readonly state: string | null
  readonly name: string
  readonly kind: SpanStart['kind']
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: SpanAttributes
  readonly outcome: 'done' | 'fault'
}

/** The numbers of `SpanKind` and of `StatusCode` in the protocol. */
const kinds = { server: 2, consumer: 5 } as const
const errorStatus = 2

/** Returns the body of a request to export these spans, in the JSON form of OTLP 1. */
export function exportRequest(resource: SpanAttributes, spans: readonly EndedSpan[]): object {
  const scope = { name: 'notification-service' }
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope, spans: spans.map(spanOf) }],
      },
    ],
  }
}

function spanOf({
  traceId,
  spanId,
  parentId,
  state,
  name,
  kind,
  startMs,
  endMs,
  attributes,
  outcome,
}: EndedSpan): object {
  return {
    traceId,
    spanId,
    ...(parentId === null ? {} : { parentSpanId: parentId }),
    ...(state === null ? {} : { traceState: state }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    ...(outcome === 'fault' ? { status: { code: errorStatus } } : {}),
  }
}

function attributesOf(attributes: SpanAttributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValueOf(value) }))
}

function anyValueOf(value: SpanAttributes[string]): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** A number of 64 bits, which JSON carries as text. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n)
}
