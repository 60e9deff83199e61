import type { Asking, Wish } from './receipts/wish.ts'
import type { Troubles } from './troubles.ts'

/** Where something that is published has to end: with its client, with one that never comes, or where no client is. */
export type Fate = 'delivered' | 'waiting' | 'deadLettered'

/** One time that it was received. */
interface Receipt {
  readonly at: number
  readonly notificationId: string
  /** The instance that gave it. */
  readonly url: string
  /** How often something of the client had failed by then. */
  readonly failures: number
}

/** Copies too many, by what explains them. */
export interface Copies {
  readonly all: number
  /** A request or a connection of the client had failed since the receipt before. */
  readonly afterFailure: number
  /** There was a fault since the receipt before, at the instance that gave that one or everywhere. */
  readonly afterFault: number
  /** There were several messages of it, since nobody could tell whether the first sending had worked. */
  readonly sentAgain: number
  /** Nothing explains them. */
  readonly unexplained: number
}

/** Between the expiry of a notification and its arrival at a client that was handed it just before. */
const onTheWayMs = 4_000

/** So many receipts are told of, for the report. */
const maxTold = 5

/** One notification in the ledger. All times are `performance.now()` of this thread. */
export class Entry {
  readonly addressee: string
  readonly fate: Fate
  readonly sentAt = performance.now()
  /** When somebody said that it is accepted; null while that is not certain. */
  acceptedAt: number | null = null
  /** How many messages were made of it, as far as anybody has seen. A notification that is stored in a database makes none. */
  messages = 0
  misdelivered = 0
  /** It was sent to where no client is. */
  deadLettered = false
  /** It arrived on a connection that its client had given up without a sign that the service could see. */
  unknowable = false
  /** The receipt that its sender asks for. */
  readonly asks: Asking
  /** Remarks for the report. */
  readonly notes: string[] = []
  readonly #ttlMs: number
  /** When a sending of it was last answered: its time counts from then at the latest. */
  #lastSentAt = this.sentAt
  /** An instance may take it at any later time, when it wakes up: nobody knows from when its time counts. */
  #isUncertain = false
  readonly #receipts: Receipt[] = []

  constructor(addressee: string, fate: Fate, { asks, ttlSeconds }: Wish = { asks: 'nothing', ttlSeconds: null }) {
    this.addressee = addressee
    this.fate = fate
    this.asks = asks
    this.#ttlMs = ttlSeconds === null ? Number.POSITIVE_INFINITY : 1_000 * ttlSeconds
  }

  /** When it expires at the earliest; null for never. */
  get earliestExpiry(): number | null {
    return Number.isFinite(this.#ttlMs) ? this.sentAt + this.#ttlMs : null
  }

  /** Whether each copy of it has expired. */
  get isExpired(): boolean {
    return performance.now() > this.#lastSentAt + this.#ttlMs + onTheWayMs
  }

  tried(isAnswered: boolean): void {
    this.#lastSentAt = performance.now()
    if (!isAnswered) this.#isUncertain = true
  }

  get firstReceivedAt(): number | null {
    return this.#receipts[0]?.at ?? null
  }

  /** The ids under which its client got it. */
  get notificationIds(): string[] {
    return this.#receipts.map(({ notificationId }) => notificationId)
  }

  /** Whether it was handed over after it had expired, and no fault has kept it on its way. */
  cameTooLate(troubles: Troubles): boolean {
    if (this.#isUncertain) return false
    const expiredAt = this.#lastSentAt + this.#ttlMs
    return this.#receipts.some(({ at, url }) => at > expiredAt + onTheWayMs && !troubles.felt(expiredAt, at, url))
  }

  receive(receipt: Omit<Receipt, 'at'>): void {
    this.#receipts.push({ ...receipt, at: performance.now() })
  }

  get received(): number {
    return this.#receipts.length
  }

  /** Whether it is not yet where it has to end. */
  get isOnItsWay(): boolean {
    switch (this.fate) {
      case 'delivered':
        return this.received === 0 && !this.unknowable && !this.isExpired
      case 'deadLettered':
        return !this.deadLettered
      case 'waiting':
        return false
      default:
        return this.fate satisfies never
    }
  }

  /** Whether it came under more than one id, so that its client cannot tell that it is the same. */
  get renamed(): boolean {
    return new Set(this.#receipts.map(({ notificationId }) => notificationId)).size > 1
  }

  /**
   * A message that was received and acknowledged does not come again, unless its acknowledgement went wrong. That happens
   * between the receipt and the copy: what went wrong before, or after, explains nothing.
   */
  copies(troubles: Troubles): Copies {
    let afterFailure = 0
    let afterFault = 0
    const [first, ...others] = this.#receipts
    let before = first
    for (const receipt of others) {
      if (before !== undefined && receipt.failures > before.failures) afterFailure += 1
      else if (before !== undefined && troubles.felt(before.at, receipt.at, before.url)) afterFault += 1
      before = receipt
    }
    const untroubled = others.length - afterFailure - afterFault
    const sentAgain = Math.min(untroubled, Math.max(0, this.messages - 1))
    return { all: others.length, afterFailure, afterFault, sentAgain, unexplained: untroubled - sentAgain }
  }

  /** Returns its fate. */
  end(waits: boolean, isDeadLetter: boolean): Fate | 'unknowable' | 'expired' | 'lost' {
    if (this.received > 0) return 'delivered'
    // Where it was before, too, if its removal from there went wrong: then it only comes here once more.
    if (isDeadLetter && this.fate === 'deadLettered') return 'deadLettered'
    // A row, or a message that nobody is shown, goes some time after its notification has expired.
    if (waits && this.fate === 'delivered' && this.isExpired) return 'expired'
    if (waits) return 'waiting'
    if (isDeadLetter) return 'deadLettered'
    if (this.unknowable) return 'unknowable'
    return this.isExpired ? 'expired' : 'lost'
  }

  /** For the report. */
  describe(begin: number): string {
    const at = (time: number | null) => (time === null ? '-' : `${((time - begin) / 1_000).toFixed(1)} s`)
    const receipts = this.#receipts
      .slice(0, maxTold)
      .map((receipt) => `, received ${at(receipt.at)} from ${receipt.url}`)
    const { addressee, sentAt, acceptedAt, messages, asks, earliestExpiry } = this
    const expiry = earliestExpiry === null ? '' : `, expires ${at(earliestExpiry)}`
    const notes = [...new Set(this.notes)].map((note) => `; ${note}`)
    return (
      `for ${addressee} sent ${at(sentAt)}${expiry}, asks for ${asks}, accepted ${at(acceptedAt)}${receipts.join('')}, ` +
      `messages ${messages}${notes.join('')}`
    )
  }
}
