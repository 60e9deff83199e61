import type { SpanCounters } from '../tracing/spans.ts'
import type { Families } from './families.ts'

/** Adds the metrics of traces on their way to the collector. */
export function addSpans(families: Families, spans: Readonly<SpanCounters>): void {
  families.gauge({ name: 'waiting_spans', help: 'Spans that the collector has not taken yet.' }, () => spans.waiting)
  families.counters(
    {
      name: 'dropped_spans',
      help: 'Spans that were dropped: too many waited (full), or the collector did not take them (failed).',
      labels: ['reason'],
    },
    () => Object.entries(spans.dropped).map(([reason, count]) => [{ reason }, count] as const),
  )
}
