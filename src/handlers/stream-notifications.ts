import type { Bye, StreamHandler } from '../contract/held.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { Acknowledgements } from '../delivery/peers/acknowledgements.ts'
import type { PollEnd } from '../delivery/poll.ts'
import { askedWait, tokenTimeLeft } from './waiting.ts'

/**
 * The maximum number of acknowledgements of one stream in flight, since some go to other instances. Of the cursors that
 * come meanwhile only the last one waits, because it includes the others.
 */
const maxInFlight = 4
/** A stream whose token has less than this time left at its end has ended because of the token. */
const soonMs = 500

interface Needs {
  readonly mailboxes: Mailboxes
  readonly acknowledgements: Acknowledgements
  /** Milliseconds since the epoch, like the expiry of a token. */
  readonly now: () => number
  readonly maxWaitSeconds: number
}

/** Holds a stream until its client disconnects, its token expires, or the wait that the client asked for ends. */
export function streamNotifications({ mailboxes, acknowledgements, now, maxWaitSeconds }: Needs): StreamHandler {
  return (input, { clientId, expiresAtMs }, answer) => {
    const { query, headers } = input
    const asked = askedWait(input)
    const tokenMs = tokenTimeLeft(expiresAtMs, now())
    const waitMs = asked === null ? tokenMs : Math.min(asked * 1000, maxWaitSeconds * 1000, tokenMs)
    let isOpen = false
    const open = () => {
      isOpen = true
      answer.opened(clientId, Math.ceil(waitMs / 1000))
    }
    // A stream may end while its session is still being recorded; its client is told in the same way.
    const bye = (reason: Bye) => {
      if (!isOpen) open()
      answer.bye(reason)
    }
    const stream = mailboxes.stream({
      clientId,
      waitMs,
      limit: 1,
      transport: answer.transport,
      ack: query.ack ?? 'auto',
      cursor: query.cursor ?? (headers?.['last-event-id'] || null),
      opened: open,
      event: (handover) => answer.event(handover),
      end(end: PollEnd) {
        switch (end.kind) {
          case 'timed-out':
            return bye(expiresAtMs - now() < soonMs ? 'expired' : 'timed-out')
          case 'released':
            return bye('restart')
          case 'refused':
            return answer.refused(end.refusal)
          case 'answered':
          case 'hung-up':
            return
          default:
            return end satisfies never
        }
      },
    })
    let underWay = 0
    let last: string | null = null
    const acknowledge = (cursor: string): void => {
      if (underWay === maxInFlight) {
        last = cursor
        return
      }
      underWay += 1
      void acknowledgements.byCursor(clientId, cursor).finally(() => {
        underWay -= 1
        if (last === null) return
        const next = last
        last = null
        acknowledge(next)
      })
    }
    return {
      hangUp: () => stream?.hangUp(),
      resume: () => stream?.resume(),
      acknowledge,
    }
  }
}
