import type { TraceContext } from '../delivery/trace-context.ts'

/** The values that an operator can search spans by. None is secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanStart {
  readonly name: string
  /** The context that it belongs under; null begins a trace. */
  readonly parent: TraceContext | null
  /** `server`: a request. `client`: a request to another instance. `consumer`: something that is done with a notification. */
  readonly kind: 'server' | 'client' | 'consumer'
  /** Milliseconds since 1970; now when absent. */
  readonly startMs?: number
  readonly attributes?: SpanAttributes
  /** Contexts of other traces that it has to do with. */
  readonly links?: readonly TraceContext[]
}

/** A span that has begun and not ended. */
export interface OpenSpan {
  /** The context under which other spans belong that follow from it. */
  readonly trace: TraceContext
  /** Adds the context of another trace that it has to do with. Past 128 links further ones are left out. */
  link(trace: TraceContext): void
  /** `fault`: what it stands for did not work, through a fault of the service. */
  end(attributes?: SpanAttributes, outcome?: 'done' | 'fault'): void
}

/** Counts of spans, for the metrics to read. */
export interface SpanCounters {
  /** Spans that the collector has not taken yet. */
  waiting: number
  /** Spans that were dropped: too many waited (`full`), or the collector did not take them (`failed`). */
  readonly dropped: { full: number; failed: number }
}

/** Returns the counters, all zero. */
export function spanCounters(): SpanCounters {
  return { waiting: 0, dropped: { full: 0, failed: 0 } }
}

/** The port to a tracing library. Starting and ending a span neither throws nor waits. */
export interface Spans {
  readonly counters: Readonly<SpanCounters>
  start(span: SpanStart): OpenSpan
  /** Sends what has ended, for at most `withinMs`, and stops. Never rejects. */
  close(withinMs: number): Promise<void>
}
