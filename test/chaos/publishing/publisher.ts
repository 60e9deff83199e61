import type { Fate } from '../entry.ts'
import type { Random } from '../random.ts'

/** Something that is to be published. */
export interface Publication {
  readonly id: string
  readonly addressee: string
  readonly body: string
}

/**
 * The outcome of a publication. `accepted`: it must not be lost any more. `held back`: it was not sent, since the addressee is
 * offline. `refused`: it was sent and certainly is nowhere. `unanswered`: nobody knows.
 */
export type Outcome = 'accepted' | 'held back' | 'refused' | 'unanswered'

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
  /** Never rejects. */
  publish(publication: Publication, random: Random): Promise<Outcome>
}
