import type { Faults } from '../faults/fault.ts'
import type { Ledger } from '../ledger.ts'
import type { Publisher } from '../publishing/publisher.ts'
import type { ChaoticSqs } from '../sqs.ts'

/** What every world is built on. */
export interface Ground {
  /** What the world starts ends with it. */
  readonly undo: AsyncDisposableStack
  readonly sqs: ChaoticSqs
  readonly ledger: Ledger
  /** Where instances may be asked. */
  readonly urls: () => readonly string[]
  readonly clients: readonly string[]
  /** Clients that never come. */
  readonly absent: readonly string[]
  /** Everybody's own token, also of those who never come. */
  readonly tokens: ReadonlyMap<string, string>
  /** May look up sessions, and publish. */
  readonly publisherToken: string
  readonly timing: Timing
  /** Wait for nothing that can be had sooner without changing what is tested. */
  readonly hurried: boolean
}

/** What all instances are told of time. */
export interface Timing {
  readonly lingerSeconds: number
  readonly visibilityTimeoutSeconds: number
  readonly maxReceiveCount: number
}

/** Something that may be left when everybody has gone. */
export interface Remainder {
  readonly name: string
  readonly count: number
  readonly remark?: string
  /** Whether it may be there. */
  readonly allowed: boolean
}

/** What a mode has around its instances: what they need, how one publishes there, what can break, what may be left. */
export interface World {
  /** The settings of its instances, beside those of every mode. */
  readonly settings: Readonly<Record<string, string>>
  readonly publishers: readonly [Publisher, ...Publisher[]]
  /** What can go wrong here and in no other mode. */
  readonly faults: Faults
  /** Told of an instance's address when it was killed. */
  onKilled(url: string): Promise<void>
  /** The ids of what is accepted and waits elsewhere than in a queue. */
  waiting(): Promise<ReadonlySet<string>>
  /** Every client has left: resolves when nothing tells of them any more, or with what still does. */
  afterClients(signal: AbortSignal): Promise<readonly Remainder[]>
  /** Every instance has left, too. */
  afterInstances(): Promise<readonly Remainder[]>
}

/** Builds a world. */
export type OpenWorld = (ground: Ground) => Promise<World>
