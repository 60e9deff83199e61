import type { IncomingMessage } from 'node:http'
import { isSameTrace, readTraceContext, type TraceContext } from '../delivery/trace-context.ts'
import type { AccessLog } from '../http/access-log.ts'
import { type RequestRecord, recordOf } from '../http/request-record.ts'
import type { Answers } from './leases.ts'
import type { OpenSpan, SpanAttributes, Spans } from './spans.ts'

/** The traces of requests. */
interface TracedRequests {
  /** Returns the log that is told of the end of each request; it makes spans and passes on to this one. */
  accessLog(written: AccessLog | null): AccessLog
  /** Returns the context of the span of this request, which begins here unless it has begun. */
  traceOf(request: IncomingMessage): TraceContext
}

/** The first status that is a fault of the service. */
const firstFault = 500

/**
 * Makes a span of each request, from its arrival to the end of its response. The span of a request that makes nothing, such
 * as a poll, begins with the notifications that answer it, or else when the response has ended, so that a held poll keeps
 * none.
 */
export function tracedRequests(spans: Spans, answers: Answers): TracedRequests {
  const open = new WeakMap<RequestRecord, OpenSpan>()

  const start = (request: IncomingMessage, record: RequestRecord): OpenSpan => {
    const { headers, method = '' } = request
    return spans.start({
      name: record.route === null ? method : `${method} ${record.route}`,
      parent: readTraceContext(headers.traceparent, headers.tracestate),
      kind: 'server',
      startMs: Date.now() - (performance.now() - record.beganAt),
      attributes: { 'http.request.method': method },
    })
  }
  const spanOf = (request: IncomingMessage): OpenSpan => {
    const record = recordOf(request)
    const known = open.get(record)
    if (known !== undefined) return known
    const span = start(request, record)
    open.set(record, span)
    return span
  }

  return {
    traceOf: (request) => spanOf(request).trace,
    accessLog: (written) => ({
      ended(request, status, end) {
        written?.ended(request, status, end)
        const record = recordOf(request)
        const span = open.get(record) ?? start(request, record)
        open.delete(record)
        span.end(attributesOf(record, status), status !== null && status >= firstFault ? 'fault' : 'done')
      },
      unparsed: (refusal, traceId) => written?.unparsed(refusal, traceId),
      carries(request, leases) {
        written?.carries?.(request, leases)
        for (const lease of leases) {
          const { trace } = lease.notification
          if (!trace) continue
          const span = spanOf(request)
          if (isSameTrace(span.trace, trace)) continue
          span.link(trace)
          answers.set(lease, span.trace)
        }
      },
    }),
  }
}

function attributesOf({ route, code, traceId }: RequestRecord, status: number | null): SpanAttributes {
  return {
    // The id in the log and in the response, which is the caller's own when it has sent a `trace-id`.
    'notifications.trace_id': traceId,
    ...(route === null ? {} : { 'http.route': route }),
    ...(status === null ? {} : { 'http.response.status_code': status }),
    ...(code === null ? {} : { 'error.type': code }),
  }
}
