import { within } from '../../adapters/clock.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Forwarding } from '../../delivery/peers/forwarding.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Membership } from './membership.ts'
import type { DeleteIfEmpty } from './take-down.ts'

/** The time for the mark that this instance leaves, which includes a joining under way. */
const markMs = 4_000
/** Messages of senders that had looked this instance up before it left the list are still sent on for so long. */
const lastLookUpsMs = 2_000
/** The time for look-ups and sends of a last round, after which the rest is given back. */
const sendOnMs = 1_000
/** A queue may still be written to for a moment after its instance has left the list. */
const queueRestMs = 3_000
/** The time for taking down what a start has made that is called off. */
const takeDownMs = 3_000

interface Needs {
  readonly membership: Pick<Membership, 'leave' | 'takeDown'>
  readonly delivery: Pick<Forwarding, 'sendOn' | 'settled'>
  readonly mailboxes: Pick<Mailboxes, 'waiting'>
  readonly deleteIfEmpty: DeleteIfEmpty
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * The last steps of this instance: the mark in its row, by which senders and other instances find it no more; the messages
 * that come after that, which are sent on; its queue and its row, which go unless others still need them.
 */
export class Leaving {
  readonly #needs: Needs
  /** When the mark was recorded; null before. */
  #markedAt: number | null = null
  #marking: Promise<void> | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Returns since when it is recorded that this instance leaves; null when that has failed, or takes longer. */
  async #mark(): Promise<number | null> {
    if (this.#markedAt !== null) return this.#markedAt
    const { membership, clock } = this.#needs
    this.#marking ??= membership.leave().then((isRecorded) => {
      if (isRecorded) this.#markedAt = clock.now()
      this.#marking = null
    })
    await within(clock, markMs, this.#marking)
    return this.#markedAt
  }

  /** Takes this instance off the list, and then ends its work by aborting it. Sends on what comes for absent clients. */
  async leave(working: AbortController): Promise<void> {
    const { delivery, mailboxes, clock } = this.#needs
    const markedAt = await this.#mark()
    working.abort()
    if (markedAt !== null) await this.#rest(lastLookUpsMs)
    // Messages for clients that were nowhere when they came: some of these clients have arrived somewhere since.
    delivery.sendOn(mailboxes.waiting)
    // The rest goes back to the queue, which is about to have no reader.
    await within(clock, sendOnMs, delivery.settled())
  }

  /** Removes the queue and the row, once nobody can have looked the queue up any more. */
  async takeDown(): Promise<void> {
    const { membership, deleteIfEmpty, clock } = this.#needs
    const markedAt = await this.#mark()
    // As long as look-ups may name the queue it stays: the others take this instance for dead, and drain it.
    if (markedAt === null) return
    await this.#rest(Math.max(0, queueRestMs - (clock.now() - markedAt)))
    await membership.takeDown(deleteIfEmpty)
  }

  /** Undoes a start that is called off. */
  async undoStart(): Promise<void> {
    const { membership, deleteIfEmpty, clock } = this.#needs
    await this.#mark()
    await within(clock, takeDownMs, membership.takeDown(deleteIfEmpty))
  }

  #rest(ms: number): Promise<void> {
    return this.#needs.sleep(ms, new AbortController().signal)
  }
}
