import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import type { SpanCounters } from '../../tracing/spans.ts'

/**
 * Spans that wait for the collector, those in a request included. Further ones are dropped: a collector that is away or slow
 * costs no more memory than these.
 */
export const maxWaiting = 4_096

interface Needs {
  /** `waiting` is counted up here, and down by the exporter. */
  readonly counters: SpanCounters
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * Returns a processor that passes spans on to this one while few wait. The bound of the SDK's own processor would tell nobody
 * what it drops, and does not count spans in a request.
 */
export function boundedProcessor(processor: SpanProcessor, { counters, clock, log }: Needs): SpanProcessor {
  const outage = new OutageLog({
    ...{ clock, log },
    failing: 'more spans end than the collector takes, and further ones are dropped; lower OTEL_TRACES_SAMPLER_ARG',
    recovered: 'no more spans are dropped',
  })
  return {
    onStart: (span, context) => processor.onStart(span, context),
    onEnd(span) {
      if (counters.waiting >= maxWaiting) {
        counters.dropped.full += 1
        return outage.failed(null, { maxWaiting })
      }
      // At the bound spans are taken and dropped in turn, which is still the same trouble.
      if (counters.waiting < maxWaiting / 2) outage.worked()
      counters.waiting += 1
      processor.onEnd(span)
    },
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  }
}
