import { tracedGateway } from './gateway.ts'
import { tracedLeases } from './leases.ts'
import { tracedCalls } from './peer-calls.ts'
import { tracedRequests } from './requests.ts'
import type { Spans } from './spans.ts'
import type { Tracing } from './tracing.ts'
import { tracedWaysOn } from './ways-on.ts'

/** Time for the collector to take the spans of an instance that has shut down. */
const lastSpansMs = 2_000

/** Makes the spans of every part. */
export function traced(spans: Spans): Tracing {
  const leases = tracedLeases(spans)
  const requests = tracedRequests(spans, leases.answers)
  return {
    accessLog: (written) => requests.accessLog(written),
    traceOf: (request) => requests.traceOf(request),
    observer: (counting) => leases.observer(counting),
    gateway: (gateway) => tracedGateway(gateway, spans),
    waysOn: (waysOn) => tracedWaysOn(waysOn, spans),
    callPeer: tracedCalls(spans),
    counters: spans.counters,
    close: () => spans.close(lastSpansMs),
  }
}
