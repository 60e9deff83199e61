import type { Faults } from '../faults/fault.ts'
import type { Ledger } from '../ledger.ts'
import type { Publisher } from '../publishing/publisher.ts'
import type { Told } from '../receipts/told.ts'
import type { ChaoticSqs } from '../sqs.ts'

/** The ground that every world is built on. */
export interface Ground {
  /** Ends the things that the world starts. */
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

/** The time settings of all instances. */
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

/** A receipt as it is stored. */
export interface StoredReceipt extends Pick<Told, 'state' | 'by'> {
  readonly addressee: string
  readonly id: string
  /** Whether its event is still to be sent. */
  readonly isUnsent: boolean
}

/** The surroundings of a mode's instances: their settings, publishers, faults, and the remains that are allowed. */
export interface World {
  /** The settings of its instances, beside those of every mode. */
  readonly settings: Readonly<Record<string, string>>
  readonly publishers: readonly [Publisher, ...Publisher[]]
  /** Faults of this mode alone. */
  readonly faults: Faults
  /** Told of an instance's address when it was killed. */
  onKilled(url: string): Promise<void>
  /** The ids of what is accepted and waits elsewhere than in a queue. */
  waiting(): Promise<ReadonlySet<string>>
  /** Returns the receipts that are stored; null where none are. */
  readonly receipts: (() => Promise<readonly StoredReceipt[]>) | null
  /** Every client has left: resolves when nothing tells of them any more, or with what still does. */
  afterClients(signal: AbortSignal): Promise<readonly Remainder[]>
  /** Every instance has left, too. */
  afterInstances(): Promise<readonly Remainder[]>
}

/** Builds a world. */
export type OpenWorld = (ground: Ground) => Promise<World>
