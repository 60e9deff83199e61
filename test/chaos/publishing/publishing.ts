import { setTimeout as pause } from 'node:timers/promises'
import type { Fate } from '../entry.ts'
import type { Ledger } from '../ledger.ts'
import type { Random } from '../random.ts'
import type { LookUps } from '../receipts/look-ups.ts'
import { drawWish } from '../receipts/wish.ts'
import type { Publication, Publisher } from './publisher.ts'

/** Publications that are not accepted yet; past this number nothing new is begun. */
const maxPending = 400
/** Between two tries of one notification. */
const retryMs = [150, 500] as const
/** How many of those whose repeats are to be noticed are published once more although they are accepted. */
const repeatedShare = 0.1

interface Needs {
  readonly ledger: Ledger
  readonly publishers: readonly [Publisher, ...Publisher[]]
  readonly clients: readonly string[]
  /** Clients that never come. */
  readonly absent: readonly string[]
  /** Clients that come when they are woken. */
  readonly sleeping: readonly string[]
  readonly random: Random
  readonly rate: number
  /** Looks receipts up; null where there is nothing to look up. */
  readonly lookUps: LookUps | null
}

/** Publishes at a steady rate for clients picked at random, each notification until it is accepted. */
export class Publishing {
  readonly #needs: Needs
  readonly #addressees: readonly string[]
  readonly #absent: ReadonlySet<string>
  readonly #sleeping: ReadonlySet<string>
  readonly #pending = new Set<Promise<void>>()
  /** Nothing new is begun. */
  #closing = false
  /** Publications that are not accepted are given up. */
  #over = false
  #count = 0

  constructor(needs: Needs) {
    this.#needs = needs
    this.#addressees = [...needs.clients, ...needs.absent, ...needs.sleeping]
    this.#absent = new Set(needs.absent)
    this.#sleeping = new Set(needs.sleeping)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random, rate } = this.#needs
    while (!this.#closing && !signal.aborted) {
      const addressee = random.pick(this.#addressees)
      if (addressee !== undefined && this.#pending.size < maxPending) {
        const publishing = this.#publish(addressee).finally(() => this.#pending.delete(publishing))
        this.#pending.add(publishing)
      }
      await pause((1_000 / rate) * random.between(0.2, 1.8))
    }
  }

  /** Begins nothing new; resolves when all is accepted, or given up after so long. */
  async finish(withinMs: number): Promise<void> {
    this.#closing = true
    const patience = new AbortController()
    pause(withinMs, undefined, { signal: patience.signal }).then(
      () => {
        this.#over = true
      },
      () => {},
    )
    await Promise.all(this.#pending)
    patience.abort()
  }

  async #publish(addressee: string): Promise<void> {
    const { publishers, random } = this.#needs
    const isAbsent = this.#absent.has(addressee)
    const isSleeping = this.#sleeping.has(addressee)
    // A message in a queue may follow a sleeper, which comes for a moment, to another instance again and again.
    const able = publishers.filter(({ reachesAbsent, sends }) =>
      isSleeping ? reachesAbsent && !sends : reachesAbsent || !isAbsent,
    )
    const publisher = random.pickWeighted(able, ({ weight }) => weight)
    if (publisher === undefined) return
    this.#count += 1
    const drawn = drawWish(random, { isAbsent })
    const wish = { ...drawn, asks: publisher.instead?.(drawn.asks) ?? drawn.asks }
    const publication = { id: `n-${this.#count}`, addressee, body: `for ${addressee}`, wish }
    const fate = publisher.fate ?? (isAbsent ? 'waiting' : 'delivered')
    while (!this.#over) {
      if (await this.#try(publisher, publication, fate)) break
      await pause(random.between(...retryMs))
    }
    if (wish.asks !== 'nothing') this.#needs.lookUps?.add(addressee, publication.id)
    if (!publisher.sends && !this.#over && random.next() < repeatedShare) {
      await this.#try(publisher, publication, fate)
    }
  }

  /** Answers whether it is accepted. */
  async #try(publisher: Publisher, publication: Publication, fate: Fate): Promise<boolean> {
    const { ledger, random } = this.#needs
    const { id, addressee, wish } = publication
    ledger.sending(id, addressee, { fate, wish })
    const outcome = await publisher.publish(publication, random)
    ledger.tried(id, { isAnswered: outcome !== 'unanswered' })
    if (publisher.sends && (outcome === 'accepted' || outcome === 'unanswered')) ledger.sent(publication.id)
    const isAccepted = outcome === 'accepted' || outcome === 'acknowledged'
    if (isAccepted) ledger.accept(publication.id)
    return isAccepted
  }
}
