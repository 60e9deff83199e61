import type { HeldHandler } from '../contract/held.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { PollEnd } from '../delivery/poll.ts'
import { Refusal } from '../delivery/refusal.ts'
import { spread } from '../delivery/spread.ts'

/** Deadlines are called a little late; a poll must be over before its token is. */
const beforeExpiryMs = 100

interface Needs {
  readonly mailboxes: Mailboxes
  /** Milliseconds since the epoch: a token's time is the calendar's. */
  readonly now: () => number
  readonly random: () => number
  readonly defaultWaitSeconds: number
  readonly maxWaitSeconds: number
}

/** Holds the request until there is something for its client, or its time is up. */
export function awaitNotifications({ mailboxes, now, random, defaultWaitSeconds, maxWaitSeconds }: Needs): HeldHandler {
  return ({ query, headers }, caller, answer) => {
    const asked = query.wait ?? preferredWait(headers?.prefer)
    const seconds = Math.min(asked ?? defaultWaitSeconds, maxWaitSeconds)
    const tokenMs = Math.max(0, caller.expiresAtMs - now() - beforeExpiryMs)
    const ownMs = asked === null ? spread(seconds * 1000, random) : seconds * 1000
    // Whole seconds, as RFC 7240 writes them.
    const applied = Math.ceil(Math.min(seconds, tokenMs / 1000))
    return mailboxes.hold({
      clientId: caller.clientId,
      waitMs: Math.min(ownMs, tokenMs),
      limit: query.limit ?? 20,
      ack: query.ack ?? 'auto',
      cursor: query.cursor ?? null,
      end(end: PollEnd) {
        switch (end.kind) {
          case 'answered':
            return answer.notifications(end.handover, end.more, applied)
          case 'timed-out':
            return answer.nothing(false, applied)
          case 'released':
            return answer.nothing(true, applied)
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

/**
 * The seconds of `Prefer: wait=n`, or null when the header does not say.
 * The first one counts (RFC 7240, section 2); one that is no number of seconds is refused.
 */
function preferredWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null
  for (const preference of prefer.split(',')) {
    const match = /^\s*wait\s*=\s*"?([^";]*)"?\s*(;|$)/i.exec(preference)
    if (match === null) continue
    const value = (match[1] ?? '').trim()
    if (!/^\d+(\.\d+)?$/.test(value)) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'Prefer: wait must be a number of seconds, 0 or more' })
    }
    return Number(value)
  }
  return null
}
