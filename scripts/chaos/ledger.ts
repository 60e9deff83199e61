/** A fault is felt after its end: the fence, the drain of a queue, a lease. Milliseconds. */
const aftermathMs = 35_000
/** Between the beginning of a fault and its note here. Milliseconds. */
const slackMs = 1_000
/** Copies that one disturbance can make of one notification: the one it held up, and the one it lost sight of. */
const copiesPerDisturbance = 2

interface Entry {
  readonly addressee: string
  /** When SQS said that it has it; null while that is not certain. */
  acceptedAt: number | null
  readonly sentAt: number
  /** How often it was sent without an answer. */
  unanswered: number
  received: number
  lastReceivedAt: number
  misdelivered: number
  /** It arrived on a connection that its client had given up without a sign that the service could see. */
  unknowable: boolean
}

interface Disturbance {
  readonly from: number
  until: number
  /** The client it is about; null for all. */
  readonly client: string | null
}

/** What the ledger says at the end. */
export interface Account {
  readonly accepted: number
  readonly delivered: number
  readonly waiting: number
  readonly deadLettered: number
  readonly unknowable: number
  readonly lost: readonly string[]
  readonly misdelivered: readonly string[]
  /** Copies too many. */
  readonly duplicated: number
  /** How many copies the disturbances explain, of those notifications that came more than once. */
  readonly duplicatesBound: number
  /** Copies that nothing explains. */
  readonly unexplained: readonly string[]
}

/** Everything that was published, and what came of it. All times are `performance.now()` of this process. */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #disturbances: Disturbance[] = []
  accepted = 0
  delivered = 0
  duplicated = 0

  /** It is about to be sent, for the first time or again. */
  sending(id: string, addressee: string): void {
    if (!this.#entries.has(id)) this.#enter(id, addressee)
  }

  /** It was sent, and nobody said whether it is accepted: it may be there, and is sent again. */
  unanswered(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.unanswered += 1
  }

  accept(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.acceptedAt !== null) return
    entry.acceptedAt = performance.now()
    this.accepted += 1
  }

  /** A client has kept it; only then it may be acknowledged. */
  receive(client: string, id: string, addressee: string): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.addressee !== client || addressee !== client) {
      const stray = entry ?? this.#enter(id, addressee)
      stray.misdelivered += 1
      return
    }
    entry.received += 1
    entry.lastReceivedAt = performance.now()
    if (entry.received === 1) this.delivered += 1
    else this.duplicated += 1
  }

  /** It was written to a connection of its addressee that nobody reads any more, and nobody could know. */
  excuse(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.unknowable = true
  }

  /** Something is going wrong, for one client or for all, until the answer is called. */
  disturb(client: string | null = null): () => void {
    const disturbance = { from: performance.now() - slackMs, until: Number.POSITIVE_INFINITY, client }
    this.#disturbances.push(disturbance)
    return () => {
      disturbance.until = performance.now() + aftermathMs
    }
  }

  /** Accepted and not received. */
  get outstanding(): number {
    let outstanding = 0
    for (const { acceptedAt, received, unknowable } of this.#entries.values()) {
      if (acceptedAt !== null && received === 0 && !unknowable) outstanding += 1
    }
    return outstanding
  }

  /** To be asked when nothing is on its way any more, with the ids of what still is in queues. */
  close(waiting: ReadonlySet<string>, deadLetters: ReadonlySet<string>): Account {
    const account = { accepted: 0, delivered: 0, waiting: 0, deadLettered: 0, unknowable: 0, duplicated: 0 }
    const lists = { lost: [] as string[], misdelivered: [] as string[], unexplained: [] as string[] }
    let duplicatesBound = 0
    for (const [id, entry] of this.#entries) {
      if (entry.misdelivered > 0) lists.misdelivered.push(id)
      if (entry.received > 1) {
        const bound = this.#copiesExplained(entry)
        duplicatesBound += bound
        account.duplicated += entry.received - 1
        if (entry.received - 1 > bound) lists.unexplained.push(id)
      }
      if (entry.acceptedAt === null) continue
      account.accepted += 1
      if (entry.received > 0) account.delivered += 1
      else if (waiting.has(id)) account.waiting += 1
      else if (deadLetters.has(id)) account.deadLettered += 1
      else if (entry.unknowable) account.unknowable += 1
      else lists.lost.push(id)
    }
    return { ...account, ...lists, duplicatesBound }
  }

  /** A line about one notification, for the report. */
  describe(id: string, begin: number): string {
    const entry = this.#entries.get(id)
    if (!entry) return id
    const at = (time: number | null) => (time ? `${((time - begin) / 1_000).toFixed(1)} s` : '-')
    return `${id} sent ${at(entry.sentAt)}, accepted ${at(entry.acceptedAt)}, received ${entry.received} times, last ${at(entry.lastReceivedAt)}`
  }

  #copiesExplained({ addressee, sentAt, lastReceivedAt, unanswered }: Entry): number {
    const felt = this.#disturbances.filter(
      ({ from, until, client }) =>
        from <= lastReceivedAt && until >= sentAt && (client === null || client === addressee),
    )
    return unanswered + copiesPerDisturbance * felt.length
  }

  #enter(id: string, addressee: string): Entry {
    const now = performance.now()
    const entry: Entry = {
      addressee,
      acceptedAt: null,
      sentAt: now,
      unanswered: 0,
      received: 0,
      lastReceivedAt: now,
      misdelivered: 0,
      unknowable: false,
    }
    this.#entries.set(id, entry)
    return entry
  }
}
