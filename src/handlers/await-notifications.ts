import type { HeldHandler } from '../contract/held.ts'
import { spread } from '../delivery/deadlines.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { PollEnd } from '../delivery/poll.ts'
import { askedWait, tokenTimeLeft } from './waiting.ts'

interface Needs {
  readonly mailboxes: Mailboxes
  /** Milliseconds since the epoch, like the expiry of a token. */
  readonly now: () => number
  readonly random: () => number
  readonly defaultWaitSeconds: number
  readonly maxWaitSeconds: number
}

/** Holds the request until there is a notification for its client, or its wait ends. */
export function awaitNotifications({ mailboxes, now, random, defaultWaitSeconds, maxWaitSeconds }: Needs): HeldHandler {
  return (input, caller, answer) => {
    const { query, headers } = input
    const asked = askedWait(input)
    const seconds = Math.min(asked ?? defaultWaitSeconds, maxWaitSeconds)
    const tokenMs = tokenTimeLeft(caller.expiresAtMs, now())
    const ownMs = asked === null ? spread(seconds * 1000, random) : seconds * 1000
    // RFC 7240 has whole seconds.
    const applied = Math.ceil(Math.min(seconds, tokenMs / 1000))
    return mailboxes.hold({
      clientId: caller.clientId,
      waitMs: Math.min(ownMs, tokenMs),
      limit: query.limit ?? 20,
      ack: query.ack ?? 'auto',
      cursor: query.cursor ?? headers?.['last-event-id'] ?? null,
      end(end: PollEnd) {
        switch (end.kind) {
          case 'answered':
            return answer.notifications(end, applied)
          case 'timed-out':
            return answer.timedOut(applied)
          case 'released':
            return answer.released(applied)
          case 'refused':
            return answer.refused(end.refusal)
          case 'hung-up':
            return
          default:
            return end satisfies never
        }
      },
    })
  }
}
