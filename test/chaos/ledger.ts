import { maxHops } from '../../src/delivery/peers/routing.ts'
import type { Receipt } from './clients/client.ts'
import { type Copies, Entry, type Fate } from './entry.ts'
import { type ReceiptAccount, ReceiptLedger } from './receipts/receipt-ledger.ts'
import type { Manner } from './receipts/told.ts'
import type { Wish } from './receipts/wish.ts'
import { Troubles } from './troubles.ts'

/** A call to SQS that was due during a fault is sent up to 5 s late, and its answer takes up to 4 s. */
const lateMs = 10_000

/** The account of the ledger at the end. Lists are of ids. */
export interface Account {
  readonly accepted: number
  readonly delivered: number
  readonly waiting: number
  readonly deadLettered: number
  readonly unknowable: number
  readonly lost: readonly string[]
  readonly misdelivered: readonly string[]
  /** Safe, but not where it should be by now: not delivered to a client that is there, or a dead letter without cause. */
  readonly misplaced: readonly string[]
  /** Copies too many, by what explains them. */
  readonly duplicated: Copies
  /** Those that have copies which nothing explains. */
  readonly unexplained: readonly string[]
  /** Those whose copies came under several ids, so that nobody can tell that they are copies. */
  readonly renamed: readonly string[]
  /** Those that were sent on as often as a message may be, and wait for their client where they are. */
  readonly kept: number
  /** Those that expired before their client came. */
  readonly expired: number
  /** Those that were handed over after they had expired. */
  readonly late: readonly string[]
  readonly receipts: ReceiptAccount
}

/** Where things are at the end. */
interface Places {
  readonly waiting: ReadonlySet<string>
  readonly deadLetters: ReadonlySet<string>
  /** How often the message that waits was sent from instance to instance. */
  readonly hopsOf: (id: string) => number
}

/** Everything that was published, and what came of it. All times are `performance.now()` of this thread. */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #troubles = new Troubles()
  /** How often something of each client has failed. */
  readonly #failures = new Map<string, number>()
  /** All that senders were told. */
  readonly receipts = new ReceiptLedger()
  accepted = 0
  delivered = 0
  duplicated = 0

  /** It is about to be sent, for the first time or again. */
  sending(id: string, addressee: string, { fate, wish }: { readonly fate: Fate; readonly wish: Wish }): void {
    const entry = this.#entries.get(id) ?? new Entry(addressee, fate, wish)
    this.#entries.set(id, entry)
  }

  /** It was sent, and accepted or not: by now, if there was an answer. */
  tried(id: string, { isAnswered }: { readonly isAnswered: boolean }): void {
    this.#entries.get(id)?.tried(isAnswered)
  }

  /** A message was made of it, or may have been. */
  sent(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.messages += 1
  }

  /** It was sent to where no client is. */
  deadLettered(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.deadLettered = true
  }

  accept(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.acceptedAt !== null) return
    entry.acceptedAt = performance.now()
    this.accepted += 1
  }

  /** A client has kept it; only then it may be acknowledged. */
  receive({ clientId, id, notificationId, addressee, url }: Receipt): void {
    const known = this.#entries.get(id)
    if (!known || known.addressee !== clientId || addressee !== clientId) {
      const stray = known ?? new Entry(addressee, 'delivered')
      this.#entries.set(id, stray)
      stray.misdelivered += 1
      return
    }
    this.receipts.named(clientId, notificationId, id)
    if (known.received === 0) this.delivered += 1
    else this.duplicated += 1
    known.receive({ notificationId, url, failures: this.#failures.get(clientId) ?? 0 })
  }

  /** A request or a connection of this client failed. */
  fail(clientId: string): void {
    this.#failures.set(clientId, (this.#failures.get(clientId) ?? 0) + 1)
  }

  /** It was written to a connection of its addressee that nobody reads any more, and nobody could know. */
  excuse(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.unknowable = true
  }

  /** Something is going wrong, with one instance or with all, until the answer is called and its aftermath is over. */
  disturb(about: { readonly url?: string; readonly aftermathMs: number }): () => void {
    return this.#troubles.begin(about)
  }

  /** For so long, until now, an instance or everything was late: what was said in time may have been heard too late. */
  late(ms: number, url: string | null = null): void {
    this.#troubles.begin({ url, sinceMs: ms, aftermathMs: lateMs })()
  }

  /** Accepted, and not yet where it has to end. */
  get outstanding(): number {
    let outstanding = 0
    for (const entry of this.#entries.values()) if (entry.acceptedAt !== null && entry.isOnItsWay) outstanding += 1
    return outstanding
  }

  /** Delivered, and asked for an event that has not come yet. */
  get owed(): number {
    return this.receipts.owed(this.#entries)
  }

  /** To be asked when nothing is on its way any more, with the ids of what still waits somewhere. */
  close(
    { waiting, deadLetters, hopsOf }: Places,
    told: { readonly isStored: boolean; readonly mannerOf: (clientId: string) => Manner },
  ): Account {
    const account = { accepted: 0, delivered: 0, waiting: 0, deadLettered: 0, unknowable: 0, expired: 0, kept: 0 }
    const duplicated = { all: 0, afterFailure: 0, afterFault: 0, sentAgain: 0, unexplained: 0 }
    const lists = { lost: [] as string[], misdelivered: [] as string[], misplaced: [] as string[] }
    const puzzles = { unexplained: [] as string[], renamed: [] as string[], late: [] as string[] }
    for (const [id, entry] of this.#entries) {
      if (entry.misdelivered > 0) lists.misdelivered.push(id)
      if (entry.renamed) puzzles.renamed.push(id)
      if (entry.cameTooLate(this.#troubles)) puzzles.late.push(id)
      const copies = entry.copies(this.#troubles)
      if (copies.unexplained > 0) puzzles.unexplained.push(id)
      for (const cause of Object.keys(duplicated) as (keyof Copies)[]) duplicated[cause] += copies[cause]
      if (entry.acceptedAt === null) continue
      account.accepted += 1
      const end = entry.end(waiting.has(id), deadLetters.has(id))
      // Its client was always somewhere else: no instance sends it on any more.
      if (end === 'waiting' && entry.fate === 'delivered' && hopsOf(id) >= maxHops) {
        account.kept += 1
        continue
      }
      if (end === 'lost') lists.lost.push(id)
      else account[end] += 1
      const isCounted = end === 'lost' || end === 'unknowable' || end === 'expired'
      if (!isCounted && end !== entry.fate) lists.misplaced.push(id)
    }
    const unended = new Set([...waiting, ...deadLetters])
    const receipts = this.receipts.close({ entries: this.#entries, unended, ...told })
    return { ...account, ...lists, ...puzzles, duplicated, receipts }
  }

  /** A line about one notification, for the report. */
  describe(id: string, begin: number): string {
    return `${id} ${this.#entries.get(id)?.describe(begin) ?? ''}`
  }
}
