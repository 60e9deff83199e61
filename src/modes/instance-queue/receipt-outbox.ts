import type { PostgresReceipts, TakenEvent } from '../../adapters/postgres/receipts.ts'
import type { ReceiptCounters } from '../../adapters/sqs/receipt-keeping.ts'
import type { SendReceipt } from '../../adapters/sqs/receipt-sender.ts'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { receiptEvent } from '../../delivery/receipt-event.ts'

/** The time between two looks for events that could not be sent, or whose instance has ended. */
const everyMs = 2_000
/** The maximum of events that one statement takes. */
const atOnce = 10
/** The maximum of events in flight to one queue: a queue that does not answer leaves room for the others. */
const maxPerQueue = 10

interface Needs {
  readonly receipts: Pick<PostgresReceipts, 'take' | 'sent'>
  /** The URLs of `RECEIPT_QUEUES` by their names. */
  readonly queues: ReadonlyMap<string, string>
  readonly send: SendReceipt
  readonly counters: ReceiptCounters
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * Sends the events of stored receipts to their queues, those of all instances: an event is stored with the end of its
 * notification, so it survives the instance that saw that end. A taken event is left alone by the others for some seconds,
 * longer after each failure, and is sent again unless it is noted as sent: at least once.
 */
export class ReceiptOutbox {
  readonly #needs: Needs
  readonly #outage: OutageLog
  /** Events that are being sent, by the names of their queues. */
  readonly #sending = new Map<string, number>()
  readonly #inFlight = new Set<Promise<void>>()
  #wake: (() => void) | null = null
  #isAsked = false

  constructor(needs: Needs) {
    this.#needs = needs
    this.#outage = new OutageLog({
      ...needs,
      failing: 'receipts cannot be sent to their queue and are tried again',
      recovered: 'receipts are sent to their queue again',
    })
  }

  /** Asks for a look at once: an event was stored. */
  ask(): void {
    this.#isAsked = true
    this.#wake?.()
  }

  /** Sends events until the signal aborts, and then those that are taken already. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { queues, sleep } = this.#needs
    if (queues.size === 0) return
    while (!signal.aborted) {
      if (!this.#isAsked) await this.#pause(sleep, signal)
      this.#isAsked = false
      while (!signal.aborted && (await this.#takeSome()) === atOnce);
    }
    await Promise.all(this.#inFlight)
  }

  async #pause(sleep: Needs['sleep'], signal: AbortSignal): Promise<void> {
    const asked = new AbortController()
    this.#wake = () => asked.abort()
    await sleep(everyMs, AbortSignal.any([signal, asked.signal]))
    this.#wake = null
  }

  /** Takes events for the queues that have room, and begins to send them; returns how many. */
  async #takeSome(): Promise<number> {
    const { receipts, queues } = this.#needs
    const names = [...queues.keys()].filter((name) => (this.#sending.get(name) ?? 0) < maxPerQueue)
    if (names.length === 0) return 0
    try {
      const taken = await receipts.take({ names, limit: atOnce })
      for (const event of taken) {
        const sent = this.#send(event).finally(() => this.#inFlight.delete(sent))
        this.#inFlight.add(sent)
      }
      return taken.length
    } catch (err) {
      this.#outage.failed(err, {})
      return 0
    }
  }

  async #send({ key, attempts, to, ...outcome }: TakenEvent): Promise<void> {
    const { receipts, queues, send, counters } = this.#needs
    const sending = (this.#sending.get(to) ?? 0) + 1
    this.#sending.set(to, sending)
    try {
      await send(queues.get(to) ?? '', receiptEvent(outcome))
      await receipts.sent({ key, attempts })
      counters.kept += 1
      this.#outage.worked()
    } catch (err) {
      counters.failed += 1
      this.#outage.failed(err, { receiptQueue: to })
    }
    const rest = (this.#sending.get(to) ?? 0) - 1
    this.#sending.set(to, rest)
    // Further events may wait for their queue to have room again.
    if (rest === maxPerQueue - 1) this.ask()
  }
}
