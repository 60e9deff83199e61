import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { duration, type Faults } from './fault.ts'

/** One thing that goes wrong. */
export interface PlannedFault {
  readonly atMs: number
  readonly kind: string
  /** For how long, where that makes sense; null: for a random time. */
  readonly forMs: number | null
  /** It is waited for when it cannot happen at its moment, instead of being left out. */
  readonly must?: boolean
}

/** Between two faults. */
const everyMs = [700, 3_500] as const
/** Between two tries of one that has to happen. */
const againMs = 100

/** The faults of a run, from chance. */
export function plan(faults: Faults, random: Random, chaosMs: number): PlannedFault[] {
  const weights = Object.fromEntries(Object.entries(faults).map(([kind, { weight }]) => [kind, weight]))
  const planned: PlannedFault[] = []
  for (let atMs = random.between(...everyMs); atMs < chaosMs; atMs += random.between(...everyMs)) {
    planned.push({ atMs, kind: random.weighted(weights), forMs: null })
  }
  return planned
}

/** Makes things go wrong, and right again. */
export class Havoc {
  readonly #faults: Faults
  readonly #random: Random
  readonly #underWay = new Set<Promise<void>>()
  readonly #healing = new AbortController()
  /** How often each happened. */
  readonly counts = new Map<string, number>()

  constructor(faults: Faults, random: Random) {
    this.#faults = faults
    this.#random = random
  }

  /** Carries the plan out; resolves when its time is over. */
  async run(planned: readonly PlannedFault[], chaosMs: number, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const until = (ms: number) =>
      pause(Math.max(0, ms - (performance.now() - began)), undefined, { signal }).catch(() => {})
    for (const fault of planned) {
      await until(fault.atMs)
      while (!signal.aborted && !this.#begin(fault) && fault.must) await pause(againMs)
      if (signal.aborted) return
    }
    await until(chaosMs)
  }

  /** Ends what still goes wrong. */
  async heal(): Promise<void> {
    this.#healing.abort()
    await Promise.all(this.#underWay)
  }

  /** Answers whether it happens. */
  #begin({ kind, forMs }: PlannedFault): boolean {
    const fault = this.#faults[kind]
    if (fault === undefined) throw new Error(`there is no fault called "${kind}" here`)
    const between = (from: number, to: number) => this.#random.between(from, to)
    const begun = fault.begin(duration(forMs, { between }, this.#healing.signal))
    if (begun === null) return false
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    const happening = begun.finally(() => this.#underWay.delete(happening))
    this.#underWay.add(happening)
    return true
  }
}
