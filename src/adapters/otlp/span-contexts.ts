import { createTraceState, type SpanContext } from '@opentelemetry/api'
import { partsOf, type TraceContext } from '../../delivery/trace-context.ts'

/** Returns the context of a span as OpenTelemetry's libraries take it. */
export function contextOf(context: TraceContext): SpanContext {
  const { traceparent, tracestate } = partsOf(context)
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  return {
    ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
    ...(tracestate === null ? {} : { traceState: createTraceState(tracestate) }),
  }
}

/** Returns the context of a span as W3C Trace Context. */
export function textOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  const tracestate = traceState?.serialize() ?? ''
  return tracestate === '' ? traceparent : `${traceparent} ${tracestate}`
}
