import { setTimeout as pause } from 'node:timers/promises'

/** One kind of thing that can go wrong. */
export interface Fault {
  /** The share of this fault among all faults: one of weight 2 occurs twice as often as one of weight 1. */
  readonly weight: number
  /**
   * Begins it, for a time or until everything is to be healed; null when it cannot happen at this moment. Resolves when
   * it is over.
   */
  begin(duration: Duration): Promise<void> | null
}

/** The faults that can happen, by name. */
export type Faults = Readonly<Record<string, Fault>>

/** How long a fault lasts. */
export interface Duration {
  /** The given time, or one from this range. */
  ms(range: readonly [number, number]): number
  /** Resolves after that time, or when all is to be healed. */
  last(range: readonly [number, number]): Promise<void>
}

/** For so long, or for a random time. */
export function duration(
  forMs: number | null,
  { between }: { readonly between: (from: number, to: number) => number },
  healing: AbortSignal,
): Duration {
  const ms = (range: readonly [number, number]) => forMs ?? between(...range)
  return { ms, last: (range) => pause(ms(range), undefined, { signal: healing }).catch(() => {}) }
}

/** One at a time: what it is about cannot go wrong in two ways at once. */
export function oneAtATime(): (happen: () => Promise<void>) => Promise<void> | null {
  let busy = false
  return (happen) => {
    if (busy) return null
    busy = true
    return happen().finally(() => {
      busy = false
    })
  }
}
