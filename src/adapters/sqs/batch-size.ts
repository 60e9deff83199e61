import type { Message } from '@aws-sdk/client-sqs'
import type { LeasePort } from './sorting.ts'

/** SQS's maximum of messages in one receive. */
export const maxBatch = 10
/** Counted for each message beside its body: attributes, the receipt handle, and the objects around them. */
const besideBody = 4_000

/** One receive: how many messages it asks for, and the end of what is counted for it. */
export interface SizedReceive {
  readonly maxMessages: number
  /** To be called when its messages are leases, or it has failed. */
  end(): void
}

/**
 * Sizes the receives from one queue so that there is memory for what they may bring, as far as the last batch tells how
 * large its messages are: a message that is received and finds no room is hidden in vain for a whole visibility timeout, and
 * is one step nearer to the dead-letter queue.
 */
export class BatchSize {
  readonly #port: LeasePort
  /** Bytes of the largest message of the last batch; 0 before the first, and when the queue was empty since. */
  #largest = 0

  constructor(port: LeasePort) {
    this.#port = port
  }

  /** Whether there is memory for what one more message may take. */
  get hasRoom(): boolean {
    return this.#largest === 0 || (this.#port.room?.() ?? Number.POSITIVE_INFINITY) >= this.#largest
  }

  /** Begins a receive, which asks for at least one message, or nothing would ever come. */
  begin(): SizedReceive {
    const room = this.#port.room?.() ?? Number.POSITIVE_INFINITY
    const fitting = this.#largest === 0 ? maxBatch : Math.floor(room / this.#largest)
    const maxMessages = Math.max(1, Math.min(maxBatch, fitting))
    const expected = maxMessages * this.#largest
    const arrived = expected === 0 ? undefined : this.#port.expect?.(expected)
    return { maxMessages, end: () => arrived?.() }
  }

  /** Notes how large the messages of a batch are. */
  note(messages: readonly Message[]): void {
    // As leases count: two bytes for a character.
    this.#largest = Math.max(0, ...messages.map(({ Body = '' }) => besideBody + 2 * Body.length))
  }
}
