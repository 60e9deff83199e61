import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../random.ts'

/**
 * How a connection is cut. `reset`: in the middle of the next answer. `close`: in good order, with the next answer
 * thrown away. `hang-up`: now, while it is held. `silent`: now, and nobody tells the other side.
 */
export const cuts = ['reset', 'close', 'hang-up', 'silent'] as const
export type Cut = (typeof cuts)[number]

/** A notification as it is on the wire. */
export interface Notification {
  readonly id: string
  /** The id in the ledger, where the notification has one of its own. */
  readonly correlationId: string | null
  readonly addressee: string
  readonly body: string
}

/** A notification that a client has got. */
export interface Receipt {
  readonly clientId: string
  /** The id in the ledger. */
  readonly id: string
  readonly notificationId: string
  /** Whom it says it is for. */
  readonly addressee: string
  /** The instance that gave it. */
  readonly url: string
}

/** The observer of a client. */
export interface Witness {
  received(receipt: Receipt): void
  /** A request or a connection of this client failed, or was cut: what it was acknowledging may not be. */
  failed(clientId: string): void
  /** Written to a connection that its client had given up in a way that the service cannot know of. */
  unknowable(id: string): void
  /** The instance took so long to answer an acknowledgement. */
  late(ms: number, url: string): void
  /** Whether this process was so busy lately that a reset may have come late. */
  readonly isLate: boolean
}

/** How one poll or one stream ended: the next one may go to the same instance, goes elsewhere, or had to end. */
export type Visit = 'again' | 'over' | 'failed'

/** The parts of every client. */
export interface ClientParts {
  readonly id: string
  readonly token: string
  readonly random: Random
  readonly urls: () => readonly string[]
  readonly witness: Witness
}

/** How much later than it should a client takes an answer for lost. */
export const patienceMs = 4_000
/** Far longer than an instance that is well takes to answer an acknowledgement. */
const lateMs = 1_000
/** Between a failure and the next try. */
const retryMs = [50, 400] as const

/** A client that visits one instance after the other, each time another one, as behind a balancer without stickiness. */
export abstract class Client {
  readonly id: string
  protected readonly headers: Readonly<Record<string, string>>
  protected readonly random: Random
  protected readonly witness: Witness
  protected leaving = false
  readonly #urls: () => readonly string[]

  constructor({ id, token, random, urls, witness }: ClientParts) {
    this.id = id
    this.headers = { authorization: `Bearer ${token}` }
    this.random = random
    this.witness = witness
    this.#urls = urls
  }

  /** Polls or listens until it leaves. */
  async run(): Promise<void> {
    let last = ''
    while (!this.leaving) {
      const url = this.#otherThan(last)
      last = url
      let visit: Visit = 'again'
      while (visit === 'again' && url !== '' && !this.leaving) visit = await this.visit(url)
      if (this.leaving) return
      if (visit === 'failed') this.witness.failed(this.id)
      await pause(this.random.between(...retryMs))
    }
  }

  /** Cuts its connection. */
  abstract cut(cut: Cut): void

  /** Ends it at once, with no good-bye. */
  leave(): void {
    this.leaving = true
    this.hangUp()
  }

  /** One poll, or one stream. */
  protected abstract visit(url: string): Promise<Visit>

  /** Ends everything it holds. */
  protected abstract hangUp(): void

  /** Tells the witness which notifications the client has received and kept. */
  protected keep(notifications: readonly Notification[], url: string): void {
    for (const notification of notifications) {
      const { id: notificationId, addressee, body } = notification
      this.witness.received({
        clientId: this.id,
        id: ledgerId(notification),
        notificationId,
        addressee: body === `for ${addressee}` ? addressee : body,
        url,
      })
    }
  }

  /** Tells the witness when the instance hears an acknowledgement late, perhaps after the lease. */
  protected async timed(url: string, heard: Promise<boolean>): Promise<boolean> {
    const saidAt = performance.now()
    const isHeard = await heard
    const ms = performance.now() - saidAt
    if (ms > lateMs) this.witness.late(ms, url)
    return isHeard
  }

  #otherThan(last: string): string {
    const urls = this.#urls()
    const others = urls.filter((url) => url !== last)
    return this.random.pick(others.length > 0 ? others : urls) ?? ''
  }
}

/** Callbacks become notifications with an id of their own, and carry the ledger's id along. */
export function ledgerId({ id, correlationId }: Notification): string {
  return correlationId ?? id
}

/**
 * Calls it when what has come meanwhile is read. To give up a connection with something unread on it that lies there for
 * longer than a grace, since this thread was late, would be this side's loss.
 */
export function whenRead(giveUp: () => void): void {
  // Node looks at its sockets between timers and this.
  setImmediate(giveUp)
}
