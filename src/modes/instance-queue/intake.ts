import { batchedSender } from '../../adapters/sqs/batched-send.ts'
import type { ReaderNeeds } from '../../adapters/sqs/queue-reader.ts'
import { Semaphore } from '../../adapters/sqs/semaphore.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { isSqsError } from '../../adapters/sqs/sqs-error.ts'
import { type IntakeCounters, IntakeQueue } from '../../delivery/intake/intake-queue.ts'
import type { Publishing } from '../../delivery/intake/publishing.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Notification } from '../../delivery/notification.ts'
import type { Dispatcher, Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { type IntakeReceiving, intakeReceiving, noIntake } from '../intake-receiving.ts'
import type { Identity } from './identity.ts'
import type { SessionRecords } from './session-records.ts'

/** Notifications stored at once: they take a part of the connections to the database, and leave the rest to requests. */
const maxStoring = 4

interface Needs {
  /** `SQS_INTAKE_QUEUE_URL`; null for none. */
  readonly queueUrl: string | null
  readonly sqs: ReaderNeeds
  readonly mailboxes: Mailboxes
  readonly records: SessionRecords
  readonly identity: Identity
  readonly publishing: Publishing
  readonly dispatcher: Dispatcher
  /** `PENDING_TTL_SECONDS`. */
  readonly ttlSeconds: number
  readonly counters: IntakeCounters
  readonly log: Log
}

/**
 * Receives from the intake queue in mode 1: a client elsewhere gets its notifications through the queue of its instance,
 * and what is for a client that is nowhere is stored like a publication of the same id, so that a repeat is noticed.
 */
export function openIntake({ queueUrl, ...needs }: Needs): IntakeReceiving {
  if (queueUrl === null) return noIntake
  const { sqs, mailboxes, records, identity, publishing, dispatcher, ttlSeconds, counters, log } = needs
  const { acting } = sqs.clients
  const isOrdered = queueUrl.endsWith('.fifo')
  const storing = new Semaphore(maxStoring)
  const store = async (notification: Notification, withinMs: number) => {
    const late = new AbortController()
    const cancel = sqs.clock.after(withinMs, () => late.abort())
    const release = await storing.acquire(late.signal)
    cancel()
    // By then the queue shows it again, perhaps to an instance that hands it over before it is stored here.
    if (release === null) throw new Error('other notifications were stored for as long as the lease lasted')
    return publishing.insert({ ...notification, ttlSeconds }).finally(release)
  }
  const send = batchedSender(acting, sqs.clock, sender(acting, sqs.clock))
  const keep = async (notification: Notification, withinMs: number) => {
    const outcome = await store(notification, withinMs)
    if (outcome.kind === 'full') return false
    // The row comes first and the look-up second, as with a publication: the client may have come meanwhile.
    const dispatched = outcome.kind === 'stored' ? dispatcher.dispatch(outcome.row) : null
    if (isOrdered) await dispatched
    return true
  }
  const intake = new IntakeQueue({
    mailboxes,
    isOrdered,
    counters,
    log,
    waysOn: {
      async find(clientId) {
        const peer = isOrdered ? null : await records.find(clientId)
        return peer === null || peer.id === identity.id ? null : peer
      },
      async send(queueUrl, notification, hops, withinMs) {
        try {
          await send(queueUrl, notification, hops, withinMs)
        } catch (error) {
          // A message of the largest size has no room for the attributes that are added: it goes by way of the store.
          if (!isTooLarge(error) || !(await keep(notification, withinMs))) throw error
        }
      },
      keep,
    },
  })
  return intakeReceiving({ queueUrl, sqs, intake, log })
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Refusal && isSqsError(error.cause, 'InvalidParameterValue')
}
