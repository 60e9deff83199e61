import type { LeasePort } from '../adapters/sqs/intake.ts'
import { describeQueue } from '../adapters/sqs/queue.ts'
import { openQueueReader, type QueueReader, type ReaderNeeds } from '../adapters/sqs/queue-reader.ts'
import type { IntakeQueue } from '../delivery/intake/intake-queue.ts'
import type { Lease } from '../delivery/lease.ts'
import type { Log } from '../delivery/ports.ts'
import type { Finding } from '../delivery/refusal.ts'
import { GivenQueue } from './given-queue.ts'

/** Receives open at once on the intake queue while it is busy; the receiving client has a socket for each. */
export const maxIntakeReceives = 8

interface Needs {
  /** `SQS_INTAKE_QUEUE_URL`. */
  readonly queueUrl: string
  readonly sqs: ReaderNeeds
  readonly intake: IntakeQueue
  /** Returns the leases without those that need no delivery any more. */
  readonly sift?: (leases: readonly Lease[]) => readonly Lease[]
  readonly log: Log
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

export function intakeReceiving({ queueUrl, sqs, intake, sift = (leases) => leases, log }: Needs): IntakeReceiving {
  const port: LeasePort = { offer: (leases) => intake.offer(sift(leases)), full: () => intake.full }
  const given = new GivenQueue({ setting: 'SQS_INTAKE_QUEUE_URL', queueUrl, clock: sqs.clock, log })
  let reader: QueueReader | null = null
  return {
    async open() {
      if (reader !== null) return
      const description = await describeQueue(sqs.clients.acting, queueUrl)
      const opened = await openQueueReader({ ...sqs, maxReceives: maxIntakeReceives }, queueUrl, port, given.watch)
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
export const noIntake: IntakeReceiving = {
  open: async () => {},
  run: async () => {},
  settled: async () => {},
  findings: {},
}
