import type { Gauge } from '../../delivery/gauge.ts'
import type { Log } from '../../delivery/ports.ts'

/** Some 10 MB: each is the ids of a notification, and the handle of its message. */
const defaultMaxReceipts = 5_000

interface Needs {
  readonly log: Pick<Log, 'warn'>
  /** 5,000 by default. */
  readonly maxReceipts?: number
}

/** The room for receipts that are being kept, those of all queues of the process together: in mode 2 there are thousands. */
export class ReceiptRoom {
  readonly #log: Needs['log']
  readonly #maxReceipts: number
  #taken = 0
  readonly gauge: Gauge = {
    name: 'unkept_receipts',
    help: 'Receipts of messages that are being kept or sent; their messages are deleted afterwards.',
    read: () => this.#taken,
  }

  constructor({ log, maxReceipts = defaultMaxReceipts }: Needs) {
    this.#log = log
    this.#maxReceipts = maxReceipts
  }

  /** How many receipts are being kept. */
  get taken(): number {
    return this.#taken
  }

  /** Takes a place for one receipt, until `free`; returns false, and writes a log line, when there is none. */
  take(notificationId: string): boolean {
    if (this.#taken >= this.#maxReceipts) {
      this.#log.warn(
        { notificationId, receipts: this.#taken },
        'too many receipts are being kept already: this one is given up, and its message is deleted without it',
      )
      return false
    }
    this.#taken += 1
    return true
  }

  free(): void {
    this.#taken -= 1
  }
}
