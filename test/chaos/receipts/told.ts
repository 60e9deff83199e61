import type { Entry } from '../entry.ts'

/** A word about a notification to its sender. `by` is null where the way does not say it. */
export interface Told {
  readonly way: 'event' | 'look-up' | 'wait' | 'table'
  readonly state: 'pending' | 'handed-over' | 'acknowledged' | 'expired'
  readonly by: 'client' | 'grace' | null
  /** `performance.now()` of this thread. */
  readonly at: number
}

/** How the addressee acknowledges: only by its own word, only by not failing (`ack=auto`), or either. */
export type Manner = 'word' | 'grace' | 'either'

/** Between two clocks of one machine, and between a thing and its note here. */
const slackMs = 4_000

/** Returns why it is false; null when nothing speaks against it. */
export function falsehood({ way, state, by, at }: Told, entry: Entry, manner: Manner): string | null {
  const says = `${way} says ${state}${by === null ? '' : ` by ${by}`}`
  const has = entry.firstReceivedAt !== null && entry.firstReceivedAt <= at + slackMs
  switch (state) {
    case 'pending':
    case 'handed-over':
      return null
    case 'acknowledged':
      if (by === 'client' && (!has || manner === 'grace')) return `${says}, and its client has not said so`
      if (by === 'grace' && manner === 'word') return `${says}, and its client would say so itself`
      return has || entry.unknowable ? null : `${says}, and its client does not have it`
    case 'expired':
      return entry.earliestExpiry === null || at + slackMs < entry.earliestExpiry ? `${says}, before its time` : null
    default:
      return state satisfies never
  }
}
