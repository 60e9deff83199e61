import type { Random } from './random.ts'

/** An id that is taken is used again for another client this often. */
const sharedIds = 0.5

/** The ids of notifications. Senders may use an id again for another client, and do where receipts are asked for. */
export class Ids {
  readonly #names = new Map<string, string>()
  /** The id that was given last, and its client. */
  #last: { readonly addressee: string; readonly id: string } | null = null

  /** Returns an id for the next notification, which has this name in the ledger; its own name where nothing is drawn. */
  next(addressee: string, name: string, chance: Random | null): string {
    const last = this.#last
    const mayShare = last !== null && last.addressee !== addressee && this.find(addressee, last.id) === null
    const id = mayShare && chance?.chance(sharedIds) === true ? last.id : name
    this.add(addressee, id, name)
    this.#last = { addressee, id }
    return id
  }

  /** The notification is known by this id, too. */
  add(addressee: string, id: string, name: string): void {
    this.#names.set(`${addressee}\n${id}`, name)
  }

  /** Returns the name in the ledger; null when the client was sent nothing under this id. */
  find(addressee: string, id: string): string | null {
    return this.#names.get(`${addressee}\n${id}`) ?? null
  }
}
