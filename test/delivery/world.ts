import type { Test } from 'tap'
import type { Bounds } from '../../src/delivery/bounds.ts'
import type { Handover } from '../../src/delivery/handover.ts'
import { Lease, type LeaseEnd, type Source } from '../../src/delivery/lease.ts'
import { Mailboxes } from '../../src/delivery/mailboxes.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import { unobserved } from '../../src/delivery/observer.ts'
import type { Poll, PollEnd, PollRequest } from '../../src/delivery/poll.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const graceMs = 1_000
export const lingerMs = 30_000
export const leaseMs = 30_000
/** The time of day at the start of the clock: the two differ by a fixed number until a test sets the time. */
const midnight = Date.parse('2026-01-01T00:00:00.000Z')

/** A poll, and how it ended. */
export interface Asked {
  readonly poll: Poll | null
  /** Null while it is held. */
  end: PollEnd | null
}

export type World = ReturnType<typeof startWorld>

/** The core with a clock of its own, sessions that are recorded when the test says so, and a source that remembers. */
export function startWorld(bounds: Partial<Bounds> = {}) {
  const clock = new FakeClock(5_000)
  const day = { offsetMs: midnight }
  const timeOfDay = () => clock.now() + day.offsetMs
  const announcements: { clientId: string; resolve(): void; reject(error: unknown): void }[] = []
  const forgotten: string[] = []
  const foreign: string[] = []
  const ended: [string, LeaseEnd][] = []
  const lines: object[] = []
  const sessions = {
    /** Whether announcements wait for `settle`. */
    slow: false,
    announce(clientId: string): Promise<readonly Lease[]> {
      if (!sessions.slow) return Promise.resolve([])
      return new Promise((resolve, reject) => announcements.push({ clientId, resolve: () => resolve([]), reject }))
    },
    async forget(clientId: string): Promise<void> {
      forgotten.push(clientId)
    },
  }
  const identity = { id: 'a1' }
  const observed: [string, string][] = []
  const mailboxes = new Mailboxes({
    observer: {
      ...unobserved,
      leased: ({ key }) => observed.push(['leased', key]),
      leaseEnded: ({ key }, end) => observed.push([end, key]),
    },
    clock,
    timeOfDay,
    sessions,
    random: () => 0.5,
    identity,
    epoch: 'e1',
    onForeignCursor: (_, cursor) => foreign.push(cursor),
    log: {
      info: (fields, sentence) => lines.push({ level: 'info', sentence, ...fields }),
      warn: (fields, sentence) => lines.push({ level: 'warn', sentence, ...fields }),
    },
    bounds: {
      maxHeldPolls: 100,
      maxPollsPerClient: 3,
      maxLeasedBytes: 64 * 1_048_576,
      lingerMs,
      graceMs,
      ...bounds,
    },
  })
  const source: Source = {
    kind: 'instance-queue',
    shared: false,
    acknowledge: ({ key }) => ended.push([key, 'acknowledged']),
    release: ({ key }) => ended.push([key, 'released']),
  }

  return {
    clock,
    /** Sets the time of day. */
    day,
    /** Returns the time of day in so many milliseconds, as senders write it. */
    timeIn: (ms: number) => new Date(timeOfDay() + ms).toISOString(),
    identity,
    mailboxes,
    sessions,
    announcements,
    forgotten,
    foreign,
    /** The calls to the source, in order. */
    ended,
    /** The beginning and the end of each lease, as they are counted. */
    observed,
    /** The lines of the log. */
    lines,
    source,

    hold(request: Partial<Omit<PollRequest, 'end'>> = {}): Asked {
      const asked: { poll: Poll | null; end: PollEnd | null } = { poll: null, end: null }
      asked.poll = mailboxes.hold({
        clientId: 'alice',
        waitMs: 25_000,
        limit: 20,
        ack: 'auto',
        cursor: null,
        end(end) {
          if (asked.end !== null) throw new Error('a poll ends once')
          asked.end = end
        },
        ...request,
      })
      return asked
    },

    /** Holds a poll of a client whose session is recorded already. */
    async held(request: Partial<Omit<PollRequest, 'end'>> = {}): Promise<Asked> {
      const asked = this.hold(request)
      await settled()
      return asked
    },

    lease(
      key: string,
      more: {
        addressee?: string
        body?: string
        hops?: number
        source?: Source
        id?: string
        /** In how many milliseconds its notification expires. */
        expiresInMs?: number
      } = {},
    ) {
      const { addressee = 'alice', body = 'hello', hops = 0, source: from = source, id = key, expiresInMs } = more
      const expiry = expiresInMs === undefined ? {} : { expiresAt: this.timeIn(expiresInMs) }
      const notification = notificationFor(addressee, { id, body, ...expiry })
      const expiresAt = clock.now() + leaseMs
      const offer = { key, notification, source: from, receipt: `receipt of ${key}`, deliveryCount: 1, hops }
      return new Lease({ ...offer, expiresAt, lengthMs: leaseMs })
    },

    /** Checks that nothing is left when every time is up. */
    isEmpty(t: Test): void {
      clock.pass(2 * lingerMs + leaseMs)
      t.equal(clock.pending, 0, 'no timer')
      t.equal(mailboxes.deadlines.size, 0, 'no deadline')
      t.equal(mailboxes.clients.size, 0, 'no mailbox')
      t.equal(mailboxes.leasedMemory.bytes, 0, 'no lease')
      t.equal(mailboxes.heldPolls.count, 0, 'no poll')
    },
  }
}

export function notificationFor(addressee: string, more: Partial<Notification> = {}): Notification {
  return {
    id: 'n1',
    addressee,
    subject: 'greeting',
    body: 'hello',
    encoding: null,
    contentType: null,
    sentAt: '2026-01-01T00:00:00.000Z',
    correlationId: null,
    ...more,
  }
}

/** Resolves when promises that were resolved have had their effect. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) await undefined
}

/** Returns the answer of the poll; throws when there is none. */
export function answerOf({ end }: Asked): { handover: Handover; more: boolean; ids: string[] } {
  if (end?.kind !== 'answered') throw new Error(`the poll is ${end?.kind ?? 'held'}`)
  const { handover, more } = end
  return { handover, more, ids: handover.leases.map(({ notification }) => notification.id) }
}
