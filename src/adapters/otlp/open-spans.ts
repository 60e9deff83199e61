import { randomFillSync } from 'node:crypto'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { partsOf, type TraceContext } from '../../delivery/trace-context.ts'
import type { OpenSpan, SpanAttributes, SpanStart, Spans } from '../../tracing/spans.ts'
import { type EndedSpan, exportRequest } from './export-request.ts'
import { isSampled, type SamplerName } from './sampler.ts'

interface Needs {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector's URL, below which the signals have their paths. */
  readonly endpoint: string
  /** Further headers of each request, such as the key of a collector. */
  readonly headers: Readonly<Record<string, string>>
  /** How long the collector may take for a request. */
  readonly timeoutMs: number
  readonly sampler: SamplerName
  /** The part of traces that a sampler with a ratio keeps, from 0 to 1. */
  readonly samplerRatio: number
  /** The attributes of this process, such as `service.name`. */
  readonly resource: SpanAttributes
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Spans that wait for the collector. Further ones are dropped: a collector that is away costs no more memory than these. */
const maxWaiting = 4_096
/** Spans in one request. */
const maxBatch = 512
/** A span is sent after this at the latest. */
const exportEveryMs = 1_000
const [spanIdBytes, traceIdBytes] = [8, 16]

/**
 * Opens an exporter of spans as OTLP over HTTP, in JSON (https://opentelemetry.io/docs/specs/otlp/). A collector that fails
 * harms nothing but its spans, which are dropped.
 */
export function openSpans({ endpoint, headers, timeoutMs, sampler, samplerRatio, resource, clock, log }: Needs): Spans {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const outage = new OutageLog({
    ...{ clock, log },
    failing:
      'traces could not be exported and are dropped; look at OTEL_EXPORTER_OTLP_ENDPOINT and at the collector there',
    recovered: 'the collector takes traces again',
  })
  let waiting: EndedSpan[] = []
  let sending: Promise<void> | null = null
  let cancel: (() => void) | null = null
  let isClosed = false

  const send = async (spans: readonly EndedSpan[]): Promise<void> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(exportRequest(resource, spans)),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`the collector answered ${response.status}`)
      outage.worked()
    } catch (error) {
      outage.failed(error)
    }
  }
  /** Sends what waits, one request at a time. */
  const flush = async (): Promise<void> => {
    cancel?.()
    cancel = null
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      await send(batch)
    }
    sending = null
  }
  const flushSoon = (): void => {
    if (sending !== null || isClosed) return
    if (waiting.length >= maxBatch) sending = flush()
    else
      cancel ??= clock.after(exportEveryMs, () => {
        cancel = null
        sending ??= flush()
      })
  }
  const record = (span: EndedSpan): void => {
    if (isClosed || waiting.length >= maxWaiting) return
    waiting.push(span)
    flushSoon()
  }

  return {
    start: (begun) => {
      const [, traceId = newId(traceIdBytes), parentId = null, flags = null] =
        begun.parent === null ? [] : partsOf(begun.parent).traceparent.split('-')
      const parentSampled = flags === null ? null : (Number.parseInt(flags, 16) & 1) === 1
      const sampled = isSampled(sampler, { ratio: samplerRatio, traceId, parentSampled })
      return opened({ begun, traceId, parentId, spanId: newId(spanIdBytes) }, sampled ? record : null)
    },
    async close(withinMs) {
      if (isClosed) return
      const flushing = (sending ?? Promise.resolve()).then(() => flush())
      isClosed = true
      let cancelWait = () => {}
      const late = new Promise<void>((resolve) => {
        cancelWait = clock.after(withinMs, resolve)
      })
      await Promise.race([flushing, late])
      cancelWait()
    },
  }
}

interface Identified {
  readonly begun: SpanStart
  readonly traceId: string
  readonly parentId: string | null
  readonly spanId: string
}

function opened(
  { begun, traceId, parentId, spanId }: Identified,
  record: ((span: EndedSpan) => void) | null,
): OpenSpan {
  const { name, kind, parent, startMs = Date.now(), attributes = {} } = begun
  const state = parent === null ? null : partsOf(parent).tracestate
  const traceparent = `00-${traceId}-${spanId}-${record === null ? '00' : '01'}`
  const trace: TraceContext = state === null ? traceparent : `${traceparent} ${state}`
  return {
    trace,
    end(more = {}, outcome = 'done') {
      const times = { startMs, endMs: Date.now() }
      record?.({
        traceId,
        spanId,
        parentId,
        state,
        name,
        kind,
        ...times,
        outcome,
        attributes: { ...attributes, ...more },
      })
    },
  }
}

/** Returns random bytes as hexadecimal digits. */
function newId(bytes: number): string {
  return randomFillSync(Buffer.allocUnsafe(bytes)).toString('hex')
}
