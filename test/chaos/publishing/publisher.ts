import type { Fate } from '../entry.ts'
import type { Random } from '../random.ts'
import type { Asking, Wish } from '../receipts/wish.ts'

/** Something that is to be published. */
export interface Publication {
  readonly id: string
  readonly addressee: string
  readonly body: string
  readonly wish: Wish
}

/**
 * The outcome of a publication. `accepted`: it must not be lost any more. `acknowledged`: its sender waited, and was told so. `held back`: it was not sent, since the addressee is
 * offline. `refused`: it was sent and certainly is nowhere. `unanswered`: nobody knows.
 */
export type Outcome = 'accepted' | 'acknowledged' | 'held back' | 'refused' | 'unanswered'

/** A way in which something is published. */
export interface Publisher {
  /** How much is published so, compared with the other ways. */
  readonly weight: number
  /** Whether it is for clients, too, that never come. */
  readonly reachesAbsent: boolean
  /** Where what it publishes ends, if that does not depend on the client. */
  readonly fate?: Fate
  /** True if each try sends a message of its own; false if it calls an instance, which has to notice repeats. */
  readonly sends: boolean
  /** Returns what may be asked for in this way instead; all of it when absent. */
  instead?(asks: Asking): Asking
  /** Never rejects. */
  publish(publication: Publication, random: Random): Promise<Outcome>
}
