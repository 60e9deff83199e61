import { coalesce } from '../../adapters/postgres/coalesce.ts'
import type { WakeUpsTable } from '../../adapters/postgres/wake-ups.ts'
import type { WakeUpKind } from '../../delivery/intake/wake-ups.ts'
import type { Lease } from '../../delivery/lease.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { StoreFor } from './storing.ts'

/** Messages gather for so long in a rush: nobody waits for them. */
const rushMs = 200

interface Needs {
  readonly table: Pick<WakeUpsTable, 'withDevices'>
  /** The kinds of devices that can be woken. */
  readonly kinds: readonly WakeUpKind[]
  readonly storeFor: StoreFor
  /** Wakes the devices of a client for which a message waits in a queue. */
  readonly wake: (clientId: string) => void
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  /** Aborts when this instance leaves: its messages go back to their queue then. */
  readonly leaving: AbortSignal
}

/**
 * Returns a function that keeps a message of this instance's queue whose client is connected nowhere. When the client has devices
 * to wake, the message is stored, as one of the intake queue is: a woken device polls for a moment, at any instance, and would
 * miss a message that waits here for its lease to end. Storing it wakes the devices. For any other client it stays in its
 * queue. The returned function never throws.
 */
export function keepForSleepers(needs: Needs): (lease: Lease) => void {
  const { table, kinds, clock } = needs
  const hasDevices = coalesce<true>(
    clock,
    async (clientIds) => new Map((await table.withDevices(clientIds, kinds)).map((clientId) => [clientId, true])),
    { rushMs },
  )
  return (lease) => {
    // If the look-up fails, SQS shows the message again, and the next look-up decides.
    void hasDevices(lease.notification.addressee).then(
      (has) => (has ? store(needs, lease) : undefined),
      () => {},
    )
  }
}

async function store({ storeFor, wake, mailboxes, clock, leaving }: Needs, lease: Lease): Promise<void> {
  const { notification, expiresAt } = lease
  const { addressee } = notification
  // Meanwhile a poll may have come, or the lease may have ended.
  if (lease.end !== null || lease.carried > 0 || lease.withheld > 0 || mailboxes.clients.isHere(addressee)) return
  if (leaving.aborted || !mailboxes.deadlines.hasTimeLeft(lease)) return wake(addressee)
  lease.startForward()
  try {
    if ((await storeFor(notification, expiresAt - clock.now())) !== null) return lease.forwarded()
  } catch {
    // It waits in its queue, as if there were no devices.
  }
  lease.forwardFailed()
  wake(addressee)
}
