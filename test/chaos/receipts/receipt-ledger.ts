import type { Entry } from '../entry.ts'
import { falsehood, type Manner, type Told } from './told.ts'

/** The account of receipts at the end. Lists are of ids in the ledger. */
export interface ReceiptAccount {
  /** How often senders were told something, in all ways. */
  readonly told: number
  readonly false: readonly string[]
  /** Asked for, and never there although the notification has ended. */
  readonly missing: readonly string[]
  /** Events of two ends of one notification, each of another copy, which only mode 2 may tell. */
  readonly twofold: number
  /** Receipts that an instance has given up, as its log says. */
  readonly givenUp: number
  /** Events that are stored and were not sent before everybody left. */
  readonly unsent: number
}

/** The end of a run, as receipts have to know it. */
interface Ending {
  readonly entries: ReadonlyMap<string, Entry>
  /** The ids of notifications that still wait somewhere, or are dead letters. */
  readonly unended: ReadonlySet<string>
  /** Whether receipts are stored, so that there is one end for all copies. */
  readonly isStored: boolean
  readonly mannerOf: (clientId: string) => Manner
}

/** All that senders were told. Notifications are known by their addressee and their own id, which callbacks get later. */
export class ReceiptLedger {
  readonly #told = new Map<string, Told[]>()
  /** Ids in the ledger, by addressee and own id. */
  readonly #ids = new Map<string, string>()
  readonly #givenUp = new Set<string>()
  readonly #unsent = new Set<string>()

  /** The notification with this id of its own is that of the ledger. */
  named(addressee: string, notificationId: string, id: string): void {
    this.#ids.set(keyOf(addressee, notificationId), id)
  }

  told(addressee: string, notificationId: string, told: Omit<Told, 'at'>): void {
    const key = keyOf(addressee, notificationId)
    const known = this.#told.get(key) ?? []
    known.push({ ...told, at: performance.now() })
    this.#told.set(key, known)
  }

  /** An instance has logged that it gave a receipt up. */
  givenUp(notificationId: string): void {
    this.#givenUp.add(notificationId)
  }

  /** Its event is stored, and would be sent by the next instance. */
  unsent(addressee: string, notificationId: string): void {
    this.#unsent.add(this.#ledgerIdOf(keyOf(addressee, notificationId)))
  }

  /** Returns how many notifications are delivered whose event has not come. */
  owed(entries: ReadonlyMap<string, Entry>): number {
    const told = this.#byLedgerId()
    let owed = 0
    for (const [id, entry] of entries) {
      const isOver = entry.received > 0 && entry.acceptedAt !== null
      if (isOver && entry.asks === 'event' && !hasEvent(told.get(id) ?? [])) owed += 1
    }
    return owed
  }

  close({ entries, unended, isStored, mannerOf }: Ending): ReceiptAccount {
    const lists = { false: [] as string[], missing: [] as string[] }
    const account = { ...lists, told: 0, twofold: 0, givenUp: this.#givenUp.size, unsent: this.#unsent.size }
    const all = this.#byLedgerId()
    for (const [id, told] of all) {
      account.told += told.length
      const entry = entries.get(id)
      if (entry === undefined) {
        account.false.push(id)
        continue
      }
      const reasons = told.map((one) => falsehood(one, entry, mannerOf(entry.addressee))).filter((why) => why !== null)
      const ends = new Set(
        told.map(({ state }) => state).filter((state) => state === 'acknowledged' || state === 'expired'),
      )
      if (ends.size > 1 && isStored) reasons.push('it is told as acknowledged and as expired')
      else if (ends.size > 1) account.twofold += 1
      entry.notes.push(...reasons)
      if (reasons.length > 0) account.false.push(id)
    }
    for (const [id, entry] of entries) {
      if (entry.acceptedAt === null || unended.has(id) || this.#isGivenUp(entry, id)) continue
      const told = all.get(id) ?? []
      const isMissing =
        (entry.asks === 'event' && !hasEvent(told) && !this.#unsent.has(id)) ||
        (isStored && (entry.asks === 'event' || entry.asks === 'receipt') && !hasEnd(told))
      if (isMissing) account.missing.push(id)
    }
    return account
  }

  #isGivenUp(entry: Entry, id: string): boolean {
    return this.#givenUp.has(id) || entry.notificationIds.some((own) => this.#givenUp.has(own))
  }

  /** An id that nobody has named is the ledger's own. */
  #ledgerIdOf(key: string): string {
    return this.#ids.get(key) ?? key.slice(key.indexOf('\n') + 1)
  }

  #byLedgerId(): Map<string, Told[]> {
    const byId = new Map<string, Told[]>()
    for (const [key, told] of this.#told) {
      const id = this.#ledgerIdOf(key)
      byId.set(id, [...(byId.get(id) ?? []), ...told])
    }
    return byId
  }
}

function keyOf(addressee: string, notificationId: string): string {
  return `${addressee}\n${notificationId}`
}

function hasEvent(told: readonly Told[]): boolean {
  return told.some(({ way }) => way === 'event')
}

function hasEnd(told: readonly Told[]): boolean {
  return told.some(({ way, state }) => way === 'table' && (state === 'acknowledged' || state === 'expired'))
}
