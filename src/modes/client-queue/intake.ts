import { batchedSender } from '../../adapters/sqs/batched-send.ts'
import type { ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { type IntakeCounters, IntakeQueue } from '../../delivery/intake/intake-queue.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Log } from '../../delivery/ports.ts'
import { type IntakeReceiving, intakeReceiving, noIntake } from '../intake-receiving.ts'
import type { AcknowledgedElsewhere } from './acknowledged-elsewhere.ts'
import { enqueuer, isRefusedByQueue } from './enqueue.ts'
import type { MakeQueue } from './queue-maker.ts'

interface Needs {
  /** `SQS_INTAKE_QUEUE_URL`; null for none. */
  readonly queueUrl: string | null
  readonly sqs: ReaderNeeds
  readonly mailboxes: Mailboxes
  readonly elsewhere: AcknowledgedElsewhere
  readonly queueUrlOf: (clientId: string) => string
  readonly makeQueue: MakeQueue
  readonly counters: IntakeCounters
  readonly log: Log
}

/** Receives from the intake queue in mode 2: whatever is for a client that is not here is sent to that client's queue. */
export function openIntake({ queueUrl, ...needs }: Needs): IntakeReceiving {
  if (queueUrl === null) return noIntake
  const { sqs, mailboxes, elsewhere, queueUrlOf, makeQueue, counters, log } = needs
  const { acting } = sqs.clients
  const isOrdered = queueUrl.endsWith('.fifo')
  const send = batchedSender(acting, sqs.clock, sender(acting, sqs.clock))
  const enqueue = enqueuer({ queueUrlOf, makeQueue, send, clock: sqs.clock, limitOf: async () => null })
  const intake = new IntakeQueue({
    mailboxes,
    isOrdered,
    counters,
    log,
    waysOn: {
      find: async () => null,
      send,
      async keep(notification, withinMs) {
        try {
          await enqueue(notification, withinMs)
          return true
        } catch (error) {
          if (isRefusedByQueue(error)) return false
          throw error
        }
      },
    },
  })
  return intakeReceiving({ queueUrl, sqs, intake, sift: (leases) => elsewhere.withoutThem(leases), log })
}
