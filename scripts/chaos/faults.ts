import { setTimeout as pause } from 'node:timers/promises'
import type { PostgresServer } from '../../test/support/postgres.ts'
import { cuts } from './client.ts'
import type { Clients } from './clients.ts'
import type { Instance } from './instance.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { ChaoticSqs } from './sqs.ts'

/** What can go wrong, and how often compared with the others. */
const weights = {
  'kill instance': 3,
  'pause instance': 3,
  'drain instance': 3,
  'kill database': 1,
  'pause database': 1,
  'SQS errors': 1,
  'SQS hangs': 1,
  'SQS answers lost': 1,
  'pause SQS': 1,
  'cut connections': 6,
}
export type FaultKind = keyof typeof weights

/** One thing that goes wrong. */
export interface PlannedFault {
  readonly atMs: number
  readonly kind: FaultKind
  /** For how long, where that makes sense; null: for a random time. */
  readonly forMs: number | null
}

/** A pause longer than the fence (20 s) makes an instance wake up beside its successors. Milliseconds. */
const pauseMs = [3_000, 30_000] as const
const downMs = [500, 5_000] as const
const databaseMs = [1_000, 6_000] as const
const sqsMs = [2_000, 8_000] as const
/** Between two faults. Milliseconds. */
const everyMs = [700, 3_500] as const
/** The part of all clients whose connections are cut at once, and of all calls that fail while SQS fails. */
const cutShare = 0.1
const failingShare = 0.7

/** The faults of a run, from chance. */
export function plan(random: Random, chaosMs: number): PlannedFault[] {
  const faults: PlannedFault[] = []
  for (let atMs = random.between(...everyMs); atMs < chaosMs; atMs += random.between(...everyMs)) {
    faults.push({ atMs, kind: random.weighted(weights), forMs: null })
  }
  return faults
}

interface Site {
  readonly instances: readonly Instance[]
  readonly database: PostgresServer
  readonly sqs: ChaoticSqs
  readonly clients: Clients
  readonly ledger: Ledger
  readonly random: Random
  /** Told of an instance's address when it was killed. */
  readonly onKilled?: (url: string) => Promise<void>
}

/** Makes things go wrong, and right again. */
export class Faults {
  readonly #site: Site
  readonly #underWay = new Set<Promise<void>>()
  readonly #healing = new AbortController()
  #databaseBusy = false
  #sqsBusy = false
  /** How often each happened. */
  readonly counts = new Map<FaultKind, number>()

  constructor(site: Site) {
    this.#site = site
  }

  /** Carries the plan out; resolves when its time is over. What cannot happen at its moment is left out. */
  async run(faults: readonly PlannedFault[], chaosMs: number, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const until = (ms: number) =>
      pause(Math.max(0, ms - (performance.now() - began)), undefined, { signal }).catch(() => {})
    for (const fault of faults) {
      await until(fault.atMs)
      if (signal.aborted) return
      const happening = this.#happen(fault).finally(() => this.#underWay.delete(happening))
      this.#underWay.add(happening)
    }
    await until(chaosMs)
  }

  /** Ends what still goes wrong. */
  async heal(): Promise<void> {
    this.#healing.abort()
    await Promise.all(this.#underWay)
  }

  async #happen({ kind, forMs }: PlannedFault): Promise<void> {
    const { random, database, sqs, onKilled } = this.#site
    const last = (range: readonly [number, number]) => this.#last(forMs ?? random.between(...range))
    switch (kind) {
      case 'kill instance':
        return this.#toInstance(kind, async (instance) => {
          const { url } = instance
          instance.kill(forMs ?? random.between(...downMs))
          await onKilled?.(url)
          await instance.listening()
        })
      case 'pause instance':
        return this.#toInstance(kind, async (instance) => {
          instance.pause()
          await last(pauseMs)
          instance.resume()
        })
      case 'drain instance':
        return this.#toInstance(kind, async (instance) => {
          await instance.drain()
          await instance.listening()
        })
      case 'kill database':
        return this.#toDatabase(kind, async () => {
          await database.kill()
          await last(databaseMs)
          await database.start()
        })
      case 'pause database':
        return this.#toDatabase(kind, async () => {
          database.pause()
          await last(databaseMs)
          database.resume()
        })
      case 'SQS errors':
      case 'SQS hangs':
      case 'SQS answers lost':
        return this.#toSqs(kind, async () => {
          sqs.fail(kind === 'SQS errors' ? 'error' : kind === 'SQS hangs' ? 'hang' : 'crash', failingShare)
          await last(sqsMs)
          sqs.fail(null)
        })
      case 'pause SQS':
        return this.#toSqs(kind, async () => {
          sqs.pause()
          await last(sqsMs)
          sqs.resume()
        })
      case 'cut connections': {
        const { clients } = this.#site
        this.#count(kind)
        clients.cut(
          random.pick([...cuts]) ?? 'reset',
          clients.ids.filter(() => random.next() < cutShare),
        )
        return
      }
      default:
        kind satisfies never
    }
  }

  /** One instance is always left alone. */
  async #toInstance(kind: FaultKind, happen: (instance: Instance) => Promise<void>): Promise<void> {
    const well = this.#site.instances.filter(({ state }) => state === 'up')
    const instance = this.#site.random.pick(well)
    if (instance === undefined || well.length < 2) return
    await this.#disturbing(kind, () => happen(instance))
  }

  async #toDatabase(kind: FaultKind, happen: () => Promise<void>): Promise<void> {
    if (this.#databaseBusy) return
    this.#databaseBusy = true
    await this.#disturbing(kind, happen)
    this.#databaseBusy = false
  }

  async #toSqs(kind: FaultKind, happen: () => Promise<void>): Promise<void> {
    if (this.#sqsBusy) return
    this.#sqsBusy = true
    await this.#disturbing(kind, happen)
    this.#sqsBusy = false
  }

  async #disturbing(kind: FaultKind, happen: () => Promise<void>): Promise<void> {
    this.#count(kind)
    const over = this.#site.ledger.disturb()
    await happen()
    over()
  }

  #count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  /** Resolves after the time, or when all is to be healed. */
  #last(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#healing.signal }).catch(() => {})
  }
}
