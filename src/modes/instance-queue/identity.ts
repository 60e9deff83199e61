import { Refusal } from '../../delivery/refusal.ts'

/** A life of this instance under one id. The sender of a statement remembers under which term it was sent. */
export interface Term {
  readonly id: string
  /** The other instances must show it to tell this one something; they read it in its row. */
  readonly relayKey: string
  /** The row is committed and the queue is received from. */
  readonly joined: boolean
}

/** Gives the instance a live row when it has none. */
export interface Keeper {
  /** Joins under the current id. Resolves at once when that has happened. */
  join(): Promise<void>
  /** Goes on under another id, because the instance was taken for dead under the current one. */
  beginAnew(): Promise<void>
}

interface Needs {
  /** Given by the settings; null for a new id at every start. */
  readonly fixedId: string | null
  readonly newId: () => string
  readonly newRelayKey: () => string
}

/**
 * The id under which this instance lives at the moment.
 *
 * States: a term begins not joined, joins once, and lasts until the instance is taken for dead; then the next one begins.
 */
export class Identity {
  readonly #needs: Needs
  #term: Term
  #keeper: Keeper | null = null

  constructor(needs: Needs) {
    this.#needs = needs
    this.#term = this.#newTerm(needs.fixedId ?? needs.newId())
  }

  get term(): Term {
    return this.#term
  }

  get id(): string {
    return this.#term.id
  }

  get relayKey(): string {
    return this.#term.relayKey
  }

  get joined(): boolean {
    return this.#term.joined
  }

  /** Whether the id was given, so that the instance cannot go on under another one. */
  get isFixed(): boolean {
    return this.#needs.fixedId !== null
  }

  #newTerm(id: string): Term {
    return { id, relayKey: this.#needs.newRelayKey(), joined: false }
  }

  /** The next term begins. */
  renew(): void {
    this.#term = this.#newTerm(this.#needs.newId())
  }

  /** The current term has joined. */
  confirm(): void {
    this.#term = { ...this.#term, joined: true }
  }

  keptBy(keeper: Keeper): void {
    this.#keeper = keeper
  }

  /**
   * A statement sent under this term found no live row of the instance. Resolves when there is one, under this id or the
   * next; rejects when there will be none.
   *
   * Only a statement sent after the join proves that the instance was taken for dead: one sent before it, or under an
   * earlier term, may have been slow and describes a past that is over.
   */
  async lost(term: Term): Promise<void> {
    if (this.#keeper === null) throw new Refusal('ERROR_DB_UNEXPECTED_ERROR')
    if (term === this.#term && term.joined) await this.#keeper.beginAnew()
    else await this.#keeper.join()
  }
}
