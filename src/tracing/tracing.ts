import type { IncomingMessage } from 'node:http'
import { untracedCall } from '../adapters/relay/relay.ts'
import type { Observer } from '../delivery/observer.ts'
import type { TraceContext } from '../delivery/trace-context.ts'
import type { AccessLog } from '../http/access-log.ts'
import { traceOf } from '../http/trace-id.ts'
import type { Gateway, ModeTracing } from '../modes/mode.ts'
import { type SpanCounters, spanCounters } from './spans.ts'

/** The ties of tracing to the parts of the service: each function returns its part, which from then on makes spans. */
export interface Tracing extends ModeTracing {
  /** Returns the log that is told of the end of each request; it passes on to this one. */
  accessLog(written: AccessLog | null): AccessLog | null
  /** Returns the trace that a request belongs to, for what it makes; null for none. */
  traceOf(request: IncomingMessage): TraceContext | null
  /** Returns the observer of the core, which passes on to this one. */
  observer(counting: Observer): Observer
  gateway(gateway: Gateway): Gateway
  readonly counters: Readonly<SpanCounters>
  /** Sends the last spans, within 2 s. Never rejects. */
  close(): Promise<void>
}

/** Without a collector every part stays as it is, and the trace of a sender is only passed on. */
export const untraced: Tracing = {
  accessLog: (written) => written,
  traceOf,
  observer: (counting) => counting,
  gateway: (gateway) => gateway,
  waysOn: (waysOn) => waysOn,
  callPeer: untracedCall,
  counters: spanCounters(),
  close: async () => {},
}
