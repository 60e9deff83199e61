import type { Lease } from './lease.ts'

/** The records that say which instance a client is at, so that senders find it. */
export interface Sessions {
  /**
   * Records that the client is here. Resolves, when that is committed, with leases on the notifications that are stored for
   * the client. Rejects with a `Refusal` when the session could not be recorded. The core never calls it twice at once for
   * one client. `cursors` returns the cursors that the client has brought along by the time of the call.
   */
  announce(clientId: string, cursors: () => readonly string[]): Promise<readonly Lease[]>
  /** Removes the record if it still says "here". Resolves in any case: a record that stays is corrected later. */
  forget(clientId: string): Promise<void>
}
