/** The totals of all deliveries. All but the first two must be zero. */
export interface Account {
  readonly published: number
  readonly delivered: number
  readonly lost: number
  readonly duplicated: number
  readonly misdelivered: number
}

/**
 * Records every delivery: each client is sent the numbers 0, 1, 2 … and must get each of them exactly once, in any
 * order, since a queue promises none.
 */
export class Ledger {
  readonly #published: Uint32Array
  /** All numbers below this have arrived. */
  readonly #arrivedBelow: Uint32Array
  /** The numbers above that have arrived out of order. */
  readonly #early = new Map<number, Set<number>>()
  #duplicated = 0
  #misdelivered = 0
  #publishedTotal = 0
  #delivered = 0

  constructor(clients: number) {
    this.#published = new Uint32Array(clients)
    this.#arrivedBelow = new Uint32Array(clients)
  }

  /** The deliveries published so far. */
  get published(): number {
    return this.#publishedTotal
  }

  /** The deliveries that have arrived so far, without duplicates. */
  get delivered(): number {
    return this.#delivered
  }

  /** The deliveries that are published and have not arrived. */
  get outstanding(): number {
    return this.#publishedTotal - this.#delivered
  }

  /** Records that a delivery is about to be published for this client. Returns its number. */
  publish(client: number): number {
    const number = this.#published[client] as number
    this.#published[client] = number + 1
    this.#publishedTotal += 1
    return number
  }

  /**
   * Records that a client got a delivery of `addressee`. Returns whether the client was to get it, for the first time.
   */
  receive(client: number, addressee: number, number: number): boolean {
    if (client !== addressee || !(number < (this.#published[addressee] as number))) {
      this.#misdelivered += 1
      return false
    }
    const below = this.#arrivedBelow[client] as number
    if (number === below) {
      this.#arrivedBelow[client] = below + 1
      this.#delivered += 1
      if (this.#early.size > 0) this.#catchUp(client)
      return true
    }
    return this.#receiveEarly(client, number, below)
  }

  #receiveEarly(client: number, number: number, below: number): boolean {
    const early = this.#early.get(client) ?? new Set()
    if (number < below || early.has(number)) {
      this.#duplicated += 1
      return false
    }
    this.#early.set(client, early.add(number))
    this.#delivered += 1
    return true
  }

  #catchUp(client: number): void {
    const early = this.#early.get(client)
    if (!early) return
    let below = this.#arrivedBelow[client] as number
    while (early.delete(below)) below += 1
    this.#arrivedBelow[client] = below
    if (early.size === 0) this.#early.delete(client)
  }

  /** Returns the totals, when no delivery is in flight any more: outstanding deliveries count as lost. */
  close(): Account {
    return {
      published: this.#publishedTotal,
      delivered: this.#delivered,
      lost: this.outstanding,
      duplicated: this.#duplicated,
      misdelivered: this.#misdelivered,
    }
  }
}

/** Returns the body of a delivery. Its full stop keeps a truncated number from being read as another number. */
export function bodyOf(client: number, number: number): string {
  return `delivery ${client} ${number}.`
}

const body = /delivery (\d+) (\d+)\./g

/** Yields the deliveries that are named in a text. */
export function* deliveriesIn(text: string): Generator<{ readonly addressee: number; readonly number: number }> {
  for (const [, addressee, number] of text.matchAll(body)) {
    yield { addressee: Number(addressee), number: Number(number) }
  }
}
