import type { TraceContext } from '../delivery/trace-context.ts'

/** The values that an operator can search spans by. None is secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanStart {
  readonly name: string
  /** The context that it belongs under; null begins a trace. */
  readonly parent: TraceContext | null
  /** `server`: a request. `consumer`: something that is done with a notification. */
  readonly kind: 'server' | 'consumer'
  /** Milliseconds since 1970; now when absent. */
  readonly startMs?: number
  readonly attributes?: SpanAttributes
}

/** A span that has begun and not ended. */
export interface OpenSpan {
  /** The context under which other spans belong that follow from it. */
  readonly trace: TraceContext
  /** `fault`: what it stands for did not work, through a fault of the service. */
  end(attributes?: SpanAttributes, outcome?: 'done' | 'fault'): void
}

/** The port to a tracing library. Starting and ending a span neither throws nor waits. */
export interface Spans {
  start(span: SpanStart): OpenSpan
  /** Sends what has ended, for at most `withinMs`, and stops. Never rejects. */
  close(withinMs: number): Promise<void>
}
