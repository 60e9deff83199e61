import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Latency } from './latency.ts'
import type { Account } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { Newcomers } from './newcomers.ts'
import type { Options } from './options.ts'
import type { SendingRound } from './sending-report.ts'
import type { Sized, Stage } from './sweep.ts'
import type { Throughput } from './throughput.ts'

/** A round of the bare server and a round of the service, one right after the other. */
export interface Pair<Round> {
  readonly bare: Round
  readonly service: Round
}

/** One round at a rate of each server: the bare one, the service fed by its queue, and the service fed over HTTP. */
export interface UsualRound extends Readonly<Record<UsualServer, Latency>> {
  readonly rate: number
}
export type UsualServer = 'bare' | 'queue' | 'http'

/** The stages of each server, with more and more clients. */
export interface Growth {
  readonly bare: readonly Stage[]
  readonly service: readonly Stage[]
}

export interface SemiSpace {
  readonly bare: Sized
  /** By the size of the young generation, in MiB. */
  readonly service: readonly (Sized & { readonly size: number })[]
}

/** The machine and the moment of a run. */
export interface Machine {
  readonly at: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** The load average of the minute before: an idle machine has almost 0. */
  readonly loadBefore: number
}

/** All results of a run; a measurement that was not wanted has none. */
export interface Results {
  readonly machine: Machine
  readonly options: Options
  readonly notes: readonly string[]
  readonly throughput: readonly Pair<Throughput>[]
  readonly publishing: readonly Pair<Throughput>[]
  readonly callbacks: readonly Pair<Throughput>[]
  readonly mode2: { readonly throughput: readonly Pair<Throughput>[]; readonly memory: readonly Pair<Memory>[] }
  readonly memory: readonly Pair<Memory>[]
  readonly newcomers: readonly Pair<Newcomers>[]
  readonly latency: readonly Pair<Latency>[]
  readonly usual: readonly UsualRound[]
  readonly growth: Growth | null
  readonly semiSpace: SemiSpace | null
  readonly sending: readonly SendingRound[]
  readonly accounts: { readonly bare: Account; readonly service: Account & { readonly unacknowledged: number } }
}

/** Describes this machine, before anything is measured. */
export function thisMachine(): Machine {
  return {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    loadBefore: loadavg()[0] ?? 0,
  }
}
