import type { Random } from './random.ts'

/** Something that is to be published. */
export interface Publication {
  readonly id: string
  readonly addressee: string
  readonly body: string
}

/**
 * What became of it. `accepted`: it must not be lost any more. `held back`: it was not sent, since the addressee is
 * offline. `refused`: it was sent and certainly is nowhere. `unanswered`: nobody knows.
 */
export type Outcome = 'accepted' | 'held back' | 'refused' | 'unanswered'

/** A way in which something is published. Never rejects. */
export interface Publisher {
  publish(publication: Publication, random: Random): Promise<Outcome>
}
