import { batchedSender } from '../adapters/sqs/batched-send.ts'
import { describeQueue } from '../adapters/sqs/queue.ts'
import { openQueueReader, type QueueReader, type ReaderNeeds } from '../adapters/sqs/queue-reader.ts'
import { type Send, sender } from '../adapters/sqs/send.ts'
import type { LeasePort } from '../adapters/sqs/sorting.ts'
import { type IntakeCounters, IntakeQueue } from '../delivery/intake/intake-queue.ts'
import type { WaysOn } from '../delivery/intake/ways-on.ts'
import type { Lease } from '../delivery/lease.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { Log } from '../delivery/ports.ts'
import type { Finding } from '../delivery/refusal.ts'
import { GivenQueue } from './given-queue.ts'
import type { ModeTracing } from './mode.ts'

/** Receives open at once on the intake queue while it is busy; the receiving client has a socket for each. */
export const maxIntakeReceives = 8

/** The needs of both modes. */
export interface IntakeNeeds {
  /** `SQS_INTAKE_QUEUE_URL`; null for none. */
  readonly queueUrl: string | null
  readonly sqs: ReaderNeeds
  readonly mailboxes: Mailboxes
  readonly counters: IntakeCounters
  readonly tracing: Pick<ModeTracing, 'waysOn'>
  readonly log: Log
}

interface Needs extends IntakeNeeds {
  /** Returns the ways on of the mode, which may use this `send`. `isOrdered`: the queue keeps the order of each client. */
  readonly waysOn: (send: Send, isOrdered: boolean) => WaysOn
  /** Returns the leases without those that need no delivery any more. */
  readonly sift?: (leases: readonly Lease[]) => readonly Lease[]
}

/** How this instance receives from the intake queue. */
export interface IntakeReceiving {
  /** Looks at the queue. Rejects when there is none; warns when it has no redrive policy, which is its owner's affair. */
  open(): Promise<void>
  /**
   * Receives, once it is open, until the signal aborts and the last receive has run out. When it aborts, what cannot be
   * passed on is given back. Never rejects.
   */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when nothing is on its way from the intake queue to another place. */
  settled(): Promise<void>
  /** Whether messages can be received, for readiness; nothing for an instance without an intake queue. */
  readonly findings: Readonly<Record<string, Finding>>
}

/**
 * Returns how this instance receives from the intake queue and passes on what is not for its own clients, by the ways on of
 * its mode. Makes no call before `open`. Without an intake queue it does nothing.
 */
export function intakeReceiving(needs: Needs): IntakeReceiving {
  const { queueUrl, sqs, mailboxes, counters, tracing, log, waysOn, sift = (leases) => leases } = needs
  if (queueUrl === null) return noIntake
  const { acting } = sqs.clients
  const isOrdered = queueUrl.endsWith('.fifo')
  const send = batchedSender(sqs.clients, sqs.clock, sender(sqs.clients, sqs.clock))
  const watched = tracing.waysOn(waysOn(send, isOrdered))
  const intake = new IntakeQueue({ mailboxes, isOrdered, counters, log, waysOn: watched })
  const port: LeasePort = {
    offer: (leases) => intake.offer(sift(leases)),
    full: () => intake.full,
    room: () => mailboxes.leasedMemory.free,
    expect: (bytes) => mailboxes.leasedMemory.expect(bytes),
  }
  const given = new GivenQueue({ setting: 'SQS_INTAKE_QUEUE_URL', queueUrl, clock: sqs.clock, log })
  let reader: QueueReader | null = null
  return {
    async open() {
      if (reader !== null) return
      const description = await describeQueue(acting, queueUrl)
      const opened = await openQueueReader(
        { ...sqs, maxReceives: maxIntakeReceives },
        { queueUrl, kind: 'intake-queue' },
        port,
        given.watch,
      )
      if (description === null || opened === null)
        throw new Error(`SQS_INTAKE_QUEUE_URL: there is no queue at ${queueUrl}`)
      if (description.dlqArn === null) {
        log.warn({ queueUrl }, 'the intake queue has no redrive policy: what cannot be delivered expires in it unseen')
      }
      reader = opened
    },
    async run(signal) {
      signal.addEventListener('abort', () => intake.giveBack(), { once: true })
      await reader?.run(signal)
    },
    settled: () => intake.settled(),
    get findings() {
      return { intake: given.finding }
    },
  }
}

/** For an instance without an intake queue. */
const noIntake: IntakeReceiving = {
  open: async () => {},
  run: async () => {},
  settled: async () => {},
  findings: {},
}
