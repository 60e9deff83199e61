import type { Lease, LeaseEnd } from './lease.ts'
import type { PollEnd, Transport } from './poll.ts'

/**
 * Is told what becomes of polls and leases, for metrics and traces. Its methods are called in the middle of handing over:
 * they neither throw nor wait, and cost next to nothing.
 */
export interface Observer {
  /** A poll or a stream is held from now on. */
  pollHeld(transport: Transport): void
  /** The poll or stream has ended; or it was refused, and never held. */
  pollEnded(transport: Transport, end: PollEnd['kind']): void
  /** A lease was taken that was not held before. */
  leased(lease: Lease): void
  /** The lease goes into a response or an event. */
  handedOver(lease: Lease): void
  /** A response or an event with the lease has left this process, for the first time. */
  written(lease: Lease): void
  /** The lease has ended. `sinceWrittenMs` is null when nothing with it has left this process. */
  leaseEnded(lease: Lease, end: LeaseEnd, sinceWrittenMs: number | null): void
}

/** For a core that nobody watches. */
export const unobserved: Observer = {
  pollHeld() {},
  pollEnded() {},
  leased() {},
  handedOver() {},
  written() {},
  leaseEnded() {},
}
