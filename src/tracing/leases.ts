import type { Lease, LeaseEnd } from '../delivery/lease.ts'
import type { Notification } from '../delivery/notification.ts'
import type { Observer } from '../delivery/observer.ts'
import type { TraceContext } from '../delivery/trace-context.ts'
import type { SpanAttributes, Spans } from './spans.ts'

/** The name of the span of each end of a lease; null for an end after which the source shows the notification again. */
const ends: Readonly<Record<LeaseEnd, string | null>> = {
  acknowledged: 'acknowledge notification',
  'sent-on': 'send notification on',
  outdated: 'notification expired',
  released: null,
  expired: 'lease of notification expired',
  'let-go': null,
}

/** The responses that carry notifications which have a trace: the context of the request of each. */
export type Answers = Pick<WeakMap<Lease, TraceContext>, 'set'>

interface TracedLeases {
  /** To be told which request a lease answers, before it is written. */
  readonly answers: Answers
  /** Returns an observer that makes spans and passes on to this one. */
  observer(counting: Observer): Observer
}

/**
 * Makes the spans of notifications whose sender has begun a trace: from being picked for a response until that has left this
 * process, with a link to the trace of the client's request; and from then until the client has acknowledged it.
 */
export function tracedLeases(spans: Spans): TracedLeases {
  /** When each lease was picked for a response that has not left yet: milliseconds since 1970. */
  const picked = new WeakMap<Lease, number>()
  const answers = new WeakMap<Lease, TraceContext>()
  const make = (
    { notification }: Lease,
    { name, startMs, links = [] }: { name: string; startMs: number; links?: readonly TraceContext[] },
  ): void => {
    const parent = notification.trace ?? null
    if (parent === null) return
    spans.start({ name, parent, kind: 'consumer', startMs, links, attributes: attributesOf(notification) }).end()
  }
  return {
    answers,
    observer: (counting) => ({
      pollHeld: (transport) => counting.pollHeld(transport),
      pollEnded: (transport, end) => counting.pollEnded(transport, end),
      leased: (lease) => counting.leased(lease),
      handedOver(lease) {
        counting.handedOver(lease)
        if (lease.notification.trace) picked.set(lease, Date.now())
      },
      written(lease) {
        counting.written(lease)
        const answered = answers.get(lease)
        const links = answered === undefined ? [] : [answered]
        make(lease, { name: 'hand over notification', startMs: picked.get(lease) ?? Date.now(), links })
        picked.delete(lease)
      },
      leaseEnded(lease, end, sinceWrittenMs) {
        counting.leaseEnded(lease, end, sinceWrittenMs)
        const name = ends[end]
        if (name !== null) make(lease, { name, startMs: Date.now() - (sinceWrittenMs ?? 0) })
      },
    }),
  }
}

/** Returns the attributes of spans about a notification, by the names of OpenTelemetry's conventions for messages. */
export function attributesOf({ id }: Pick<Notification, 'id'>): SpanAttributes {
  return { 'messaging.message.id': id }
}
