import type { Lease, LeaseEnd } from '../delivery/lease.ts'
import type { Notification } from '../delivery/notification.ts'
import type { Observer } from '../delivery/observer.ts'
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

/**
 * Makes the spans of notifications whose sender has begun a trace: from being picked for a response until that has left this
 * process, and from then until the client has acknowledged it.
 */
export function tracedLeases(spans: Spans): Observer {
  /** When each lease was picked for a response that has not left yet: milliseconds since 1970. */
  const picked = new WeakMap<Lease, number>()
  const make = ({ notification }: Lease, name: string, startMs: number): void => {
    const parent = notification.trace ?? null
    if (parent === null) return
    spans.start({ name, parent, kind: 'consumer', startMs, attributes: attributesOf(notification) }).end()
  }
  return {
    pollHeld() {},
    pollEnded() {},
    leased() {},
    handedOver(lease) {
      if (lease.notification.trace) picked.set(lease, Date.now())
    },
    written(lease) {
      make(lease, 'hand over notification', picked.get(lease) ?? Date.now())
      picked.delete(lease)
    },
    leaseEnded(lease, end, sinceWrittenMs) {
      const name = ends[end]
      if (name !== null) make(lease, name, Date.now() - (sinceWrittenMs ?? 0))
    },
  }
}

/** Returns the attributes of spans about a notification, by the names of OpenTelemetry's conventions for messages. */
export function attributesOf({ id }: Pick<Notification, 'id'>): SpanAttributes {
  return { 'messaging.message.id': id }
}

/** Tells two observers. */
export function bothObservers(one: Observer, other: Observer): Observer {
  return {
    pollHeld(...args) {
      one.pollHeld(...args)
      other.pollHeld(...args)
    },
    pollEnded(...args) {
      one.pollEnded(...args)
      other.pollEnded(...args)
    },
    leased(lease) {
      one.leased(lease)
      other.leased(lease)
    },
    handedOver(lease) {
      one.handedOver(lease)
      other.handedOver(lease)
    },
    written(lease) {
      one.written(lease)
      other.written(lease)
    },
    leaseEnded(...args) {
      one.leaseEnded(...args)
      other.leaseEnded(...args)
    },
  }
}
