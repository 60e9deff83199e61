import type { Message } from '@aws-sdk/client-sqs'
import { Lease } from '../../delivery/lease.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import type { SqsCounters } from './counters.ts'
import type { DeadLetters } from './dead-letters.ts'
import { readMessage } from './envelope.ts'
import type { ReceiptKeeping } from './receipt-keeping.ts'
import type { Settlements } from './settlements.ts'

/** Takes the leases on received messages. */
export interface LeasePort {
  /** Takes over the leases of one batch; must not wait. */
  offer(leases: readonly Lease[]): void
  /** Returns true while memory is full, so that receiving has to pause. */
  full(): boolean
  /** Resolves when `full` may have changed; without it, `full` is called several times a second. */
  whenRoom?(): Promise<void>
  /** Returns how many bytes of leases there is room for, beside those that open receives are expected to bring. */
  room?(): number
  /** Counts bytes that an open receive is expected to bring, until the returned function is called. */
  expect?(bytes: number): () => void
}

interface SortingNeeds {
  readonly clock: Clock
  readonly settlements: Settlements
  readonly deadLetters: DeadLetters
  readonly port: LeasePort
  readonly visibilityTimeoutSeconds: number
  readonly counters: Pick<SqsCounters, 'accepted'>
  readonly log: Log
  /** The JSON pointer to the addressee in events of EventBridge. */
  readonly addresseePointer: string
  /** Keeps receipts; none are kept when absent. */
  readonly receipts?: ReceiptKeeping
  /** The only client whose notifications may come from this queue; any client's when absent. */
  readonly addressee?: string
}

const noNames: ReadonlySet<string> = new Set()

/** Sorts received messages: each becomes a lease, is deleted again, or goes to the dead-letter queue. */
export class Sorting {
  readonly #needs: SortingNeeds

  constructor(needs: SortingNeeds) {
    this.#needs = needs
  }

  /** Takes a batch whose leases all end at `expiresAt`; resolves when its dead letters are moved. */
  async take(messages: readonly Message[], expiresAt: number): Promise<void> {
    // After a pause of the process the leases may be over already: SQS shows the messages again, to any receiver.
    if (expiresAt <= this.#needs.clock.now()) return
    const { port, deadLetters, settlements, counters, log } = this.#needs
    const moved: Promise<void>[] = []
    const leases: Lease[] = []
    for (const message of messages) {
      if (this.#deleteAgain(message, expiresAt)) continue
      const read = this.#read(message, expiresAt)
      if (read instanceof Lease) {
        if (read.deliveryCount === 1) counters.accepted[settlements.kind] += 1
        leases.push(read)
      } else moved.push(deadLetters.take(message, read, expiresAt))
    }
    try {
      port.offer(leases)
    } catch (err) {
      // Left to their visibility timeout: released, they would come back at once, until they are dead letters.
      log.error({ err, messages: leases.length }, 'messages could not be offered and are left on the queue')
    }
    await Promise.all(moved)
  }

  /** Releases a batch unread, because receiving was stopped before it came. */
  giveBack(messages: readonly Message[], expiresAt: number): void {
    for (const message of messages) {
      if (this.#deleteAgain(message, expiresAt)) continue
      this.#needs.settlements.release(message.ReceiptHandle ?? '', message.MessageId ?? '', expiresAt)
    }
  }

  /** Deletes a message that was acknowledged before: its delete had failed, or its receipt handle had ended. */
  #deleteAgain({ MessageId: key = '', ReceiptHandle: handle = '' }: Message, expiresAt: number): boolean {
    const { settlements } = this.#needs
    if (!settlements.wasAcknowledged(key)) return false
    settlements.acknowledge(handle, key, expiresAt)
    return true
  }

  /** Returns the lease on the message, or why it is not valid. */
  #read(message: Message, expiresAt: number): Lease | string {
    const { settlements, visibilityTimeoutSeconds, addresseePointer, addressee, receipts } = this.#needs
    const owner = addressee === undefined ? {} : { owner: addressee }
    const parsed = readMessage(message, { addresseePointer, receiptQueues: receipts?.names ?? noNames, ...owner })
    if (!parsed.ok) return parsed.reason
    if (parsed.isReceiptQueueUnknown) receipts?.unknownQueue(message.MessageId)
    if (addressee !== undefined && parsed.notification.addressee !== addressee) {
      return 'the addressee is not the client whose queue this is'
    }
    const lease = new Lease({
      key: message.MessageId ?? '',
      notification: parsed.notification,
      source: settlements.source,
      receipt: message.ReceiptHandle ?? '',
      deliveryCount: parsed.deliveryCount,
      expiresAt,
      lengthMs: visibilityTimeoutSeconds * 1_000,
      hops: parsed.hops,
    })
    if (parsed.notification.receipt) receipts?.note(lease, 'pending')
    return lease
  }
}
