import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { type OpenSpan, type SpanAttributes, type SpanStart, type Spans, spanCounters } from '../../tracing/spans.ts'
import { boundedProcessor, maxWaiting } from './bounded-processor.ts'
import { maxBatch, openExporter, type Protocol } from './exporter.ts'
import { type SamplerName, samplerOf } from './sampler.ts'
import { contextOf, textOf } from './span-contexts.ts'

interface Needs {
  /** The collector's URL for traces. */
  readonly url: string
  readonly protocol: Protocol
  /** Further headers of each request, such as the key of a collector. */
  readonly headers: Readonly<Record<string, string>>
  /** How long the collector may take for a request, with its repetitions. */
  readonly timeoutMs: number
  readonly sampler: SamplerName
  /** The part of traces that a sampler with a ratio keeps, from 0 to 1. */
  readonly samplerRatio: number
  /** The attributes of this process, such as `service.name`. */
  readonly resource: SpanAttributes
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** A span is sent after this at the latest. */
const exportEveryMs = 1_000
/** Requests are given up by their own time limit; this one of the library must not come first. */
const laterMs = 1_000

const kinds: Readonly<Record<SpanStart['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
}

/**
 * Opens OpenTelemetry's SDK with its exporter of OTLP over HTTP. A collector that fails harms nothing but its spans, which
 * are dropped. Nothing of the SDK is global: it makes the spans that it is asked for, and no others.
 */
export async function openSpans(needs: Needs): Promise<Spans> {
  const { url, protocol, headers, timeoutMs, sampler, samplerRatio, resource, clock, log } = needs
  const counters = spanCounters()
  const collector = await openExporter({ url, protocol, headers, timeoutMs })
  const outage = new OutageLog({
    ...{ clock, log },
    failing:
      'traces could not be exported and are dropped; look at OTEL_EXPORTER_OTLP_ENDPOINT and at the collector there',
    recovered: 'the collector takes traces again',
  })
  const exporter: SpanExporter = {
    export(spans, onResult) {
      collector.exporter.export(spans, (result) => {
        counters.waiting -= spans.length
        if (result.error === undefined) outage.worked()
        else {
          counters.dropped.failed += spans.length
          outage.failed(reasonOf(result.error))
        }
        onResult(result)
      })
    },
    shutdown: () => collector.exporter.shutdown(),
  }
  const batches = new BatchSpanProcessor({
    exporter,
    maxQueueSize: maxWaiting,
    maxExportBatchSize: maxBatch,
    scheduledDelayMillis: exportEveryMs,
    exportTimeoutMillis: timeoutMs + laterMs,
  })
  const provider = new TracerProvider({
    sampler: samplerOf(sampler, samplerRatio),
    resource: resourceFromAttributes({ ...resource }),
    spanProcessors: [boundedProcessor(batches, { counters, clock, log })],
  })
  const tracer = provider.getTracer('notification-service')
  let isClosed = false

  return {
    counters,
    start({ name, kind, parent, startMs = Date.now(), attributes = {}, links = [] }) {
      const under: Context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent))
      const span = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          startTime: startMs,
          attributes: { ...attributes },
          links: links.map((link) => ({ context: contextOf(link) })),
        },
        under,
      )
      const opened: OpenSpan = {
        trace: textOf(span.spanContext()),
        link: (other) => void span.addLink({ context: contextOf(other) }),
        end(more = {}, outcome = 'done') {
          span.setAttributes({ ...more })
          if (outcome === 'fault') span.setStatus({ code: SpanStatusCode.ERROR })
          // The start may be a part of a millisecond later than this clock says.
          span.end(Math.max(startMs, Date.now()))
        },
      }
      return opened
    },
    async close(withinMs) {
      if (isClosed) return
      isClosed = true
      let cancelWait = () => {}
      const late = new Promise<void>((resolve) => {
        cancelWait = clock.after(withinMs, resolve)
      })
      await Promise.race([provider.shutdown().catch(() => {}), late])
      cancelWait()
      collector.cut()
    },
  }
}

/** Returns the failure without the body of the collector's answer, which may be long. */
function reasonOf(error: Error): Error {
  const { code } = error as Error & { readonly code?: unknown }
  return typeof code === 'number' ? new Error(`the collector answered ${code} ${error.message}`) : error
}
