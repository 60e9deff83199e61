/** What is said of every delivery at the end. All but the first two have to be zero. */
export interface Account {
  readonly published: number
  readonly delivered: number
  readonly lost: number
  readonly duplicated: number
  readonly misdelivered: number
}

/**
 * Every delivery on record: each client is sent the numbers 0, 1, 2 … and has to get each of them exactly once. A queue
 * promises no order, so the order is not looked at.
 */
export class Ledger {
  readonly #published: Uint32Array
  /** All numbers below this have arrived. */
  readonly #arrivedBelow: Uint32Array
  /** Those above it that have arrived out of turn. */
  readonly #early = new Map<number, Set<number>>()
  #duplicated = 0
  #misdelivered = 0
  #publishedTotal = 0
  #delivered = 0

  constructor(clients: number) {
    this.#published = new Uint32Array(clients)
    this.#arrivedBelow = new Uint32Array(clients)
  }

  /** Published so far. */
  get published(): number {
    return this.#publishedTotal
  }

  /** Deliveries so far, without repeats. */
  get delivered(): number {
    return this.#delivered
  }

  /** Published and not there yet. */
  get outstanding(): number {
    return this.#publishedTotal - this.#delivered
  }

  /** Something is about to be published for this client; answers its number. */
  publish(client: number): number {
    const number = this.#published[client] as number
    this.#published[client] = number + 1
    this.#publishedTotal += 1
    return number
  }

  /** A client has received what was published for `addressee` under this number. Answers whether it was its turn. */
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

  /** To be asked when nothing is on its way any more: what is still outstanding then is lost. */
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

/** The text that travels as the body of a delivery. The point ends it, so that a torn number is no other number. */
export function bodyOf(client: number, number: number): string {
  return `delivery ${client} ${number}.`
}

const body = /delivery (\d+) (\d+)\./g

/** The deliveries named in a text, whatever is around them. */
export function* deliveriesIn(text: string): Generator<{ readonly addressee: number; readonly number: number }> {
  for (const [, addressee, number] of text.matchAll(body)) {
    yield { addressee: Number(addressee), number: Number(number) }
  }
}
