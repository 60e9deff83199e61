import type { WaysOn } from '../delivery/intake/ways-on.ts'
import type { Spans } from './spans.ts'
import { within } from './within.ts'

/** Makes a span of each try to send a notification of the intake queue on, and to keep it for its client. */
export function tracedWaysOn(waysOn: WaysOn, spans: Spans): WaysOn {
  return {
    find: (addressee) => waysOn.find(addressee),
    send: (queueUrl, notification, hops, withinMs) =>
      within(
        spans,
        { name: 'send notification on', trace: notification.trace },
        () => waysOn.send(queueUrl, notification, hops, withinMs),
        (isSent) => (isSent ? 'sent' : 'too-large'),
      ),
    keep: (notification, withinMs) =>
      within(
        spans,
        { name: 'store notification', trace: notification.trace },
        () => waysOn.keep(notification, withinMs),
        (isKept) => (isKept ? 'stored' : 'full'),
      ),
  }
}
