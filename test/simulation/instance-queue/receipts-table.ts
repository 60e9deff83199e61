import type { NotedState, TakenEvent } from '../../../src/adapters/postgres/receipts.ts'
import type { NamedNotification } from '../../../src/delivery/intake/acknowledgement-waits.ts'
import type { AcknowledgedBy, Receipt } from '../../../src/delivery/receipt.ts'
import type { World } from '../world.ts'

/** A row, with the columns that statements look at. */
interface ReceiptRow extends Omit<NotedState, 'id' | 'addressee'> {
  readonly addressee: string
  readonly id: string
  readonly since: Date
  /** When the event is sent next; null when it is sent, or there is none. */
  sendAt: number | null
  attempts: number
}

/** A stored notification that has just been removed. */
export interface EndedNotification extends NamedNotification {
  readonly by: AcknowledgedBy | null
  readonly deliveryCount: number
  readonly to: string | null
}

/** The pauses before an event is sent again. */
const firstPauseMs = 10_000
const maxPauseMs = 300_000

/** The table of receipts. Each method is a committed statement, or a part of one. */
export class ReceiptsTable {
  readonly #world: World
  readonly #rows = new Map<string, ReceiptRow>()

  /** A fault of the statement: an end is replaced as any other state is. */
  readonly #forgetsEnds: boolean

  constructor(world: World, { forgetsEnds = false }: { readonly forgetsEnds?: boolean }) {
    this.#world = world
    this.#forgetsEnds = forgetsEnds
  }

  /** How many events are to be sent. */
  get unsent(): number {
    return [...this.#rows.values()].filter(({ sendAt }) => sendAt !== null).length
  }

  find({ addressee, id }: NamedNotification): Receipt | null {
    const row = this.#rows.get(keyOf({ addressee, id }))
    if (row === undefined) return null
    const { state, since, deliveryCount, by } = row
    return { id, addressee, state, since, deliveryCount, by }
  }

  /** Keeps the receipt of a stored notification, in the statement that removes it. The first outcome wins. */
  keep({ addressee, id, by, deliveryCount, to }: EndedNotification): void {
    const known = this.#rows.get(keyOf({ addressee, id }))
    if (known !== undefined && isEnd(known.state)) return
    const state = by === null ? 'expired' : 'acknowledged'
    const sendAt = to === null ? null : this.#world.now
    const row = { addressee, id, state, by, since: this.#time, deliveryCount, to, sendAt, attempts: 0 } as const
    this.#rows.set(keyOf(row), { ...row })
  }

  record(noted: NotedState): void {
    const key = keyOf(noted)
    const known = this.#rows.get(key)
    const sendAt = isEnd(noted.state) && noted.to !== null ? this.#world.now : null
    const since = known?.state === noted.state ? known.since : this.#time
    const deliveryCount = Math.max(known?.deliveryCount ?? 0, noted.deliveryCount)
    const mayReplace =
      known === undefined || known.state === 'pending' || (known.state === 'handed-over' && noted.state !== 'pending')
    if (mayReplace || this.#forgetsEnds) this.#rows.set(key, { ...noted, since, deliveryCount, sendAt, attempts: 0 })
  }

  take({ names, limit }: { readonly names: readonly string[]; readonly limit: number }): TakenEvent[] {
    const { now } = this.#world
    const isDue = ({ to, sendAt }: ReceiptRow) => sendAt !== null && sendAt <= now && names.includes(to ?? '')
    const due = [...this.#rows]
      .filter(([, row]) => isDue(row))
      .sort(([, a], [, b]) => Number(a.sendAt) - Number(b.sendAt))
    return due.slice(0, limit).map(([key, row]) => {
      row.sendAt = now + Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(row.attempts, 10))
      row.attempts += 1
      const { state, to, ...rest } = row
      return { ...rest, key, to: to ?? '', state: state === 'expired' ? state : 'acknowledged' }
    })
  }

  sent({ key, attempts }: Pick<TakenEvent, 'key' | 'attempts'>): void {
    const row = this.#rows.get(key)
    if (row?.attempts === attempts) row.sendAt = null
  }

  get #time(): Date {
    return new Date(this.#world.timeOfDay)
  }
}

function keyOf({ addressee, id }: NamedNotification): string {
  return `${addressee}\n${id}`
}

function isEnd(state: Receipt['state']): boolean {
  return state === 'acknowledged' || state === 'expired'
}
