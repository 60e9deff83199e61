import type { ClientProcess } from './client-process.ts'
import type { Transport } from './driver-lines.ts'
import type { Requirement } from './requirement.ts'
import type { StandInService } from './service/stand-in-service.ts'

/** A client and the service that it asks, both for one case alone. */
export interface World {
  readonly service: StandInService
  readonly client: ClientProcess
  /** Starts another process of the same client, with a service of its own. */
  readonly another: () => Promise<World>
  /**
   * Resolves as soon as the condition holds; rejects with the sentence when it does not within the time, 30 s by default.
   * The condition is looked at again after everything that the client does.
   */
  readonly until: (sentence: string, condition: () => boolean, withinMs?: number) => Promise<void>
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>
}

/** A situation that a client has to master. */
export interface Case {
  /** A sentence about the client. */
  readonly name: string
  readonly requires: readonly Requirement[]
  readonly transport?: Transport
  /** The time that the case takes with a good client, when more than a second. Slow cases begin first. */
  readonly seconds?: number
  /** Rejects when the client does not do what the case is about. */
  readonly play: (world: World) => Promise<void>
}

/** Throws an error with the sentence unless the condition holds. */
export function expect(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}
