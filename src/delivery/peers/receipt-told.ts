import type { Notification } from '../notification.ts'
import type { Directory } from './directory.ts'
import type { Relay } from './relay.ts'

interface Needs {
  /** The callers that wait at this instance. */
  readonly waits: {
    readonly instanceId: string
    acknowledged(named: { readonly addressee: string; readonly id: string }): void
  }
  readonly relay: Relay
  readonly directory: Pick<Directory, 'instance'>
}

/**
 * Returns a function that tells the instance at which a publisher waits that its notification is acknowledged. Never
 * rejects: when that fails, the publisher learns it from its instance's next look at the store.
 */
export function receiptTold({ waits, relay, directory }: Needs): (told: Notification) => Promise<void> {
  return async ({ addressee, id, receipt }) => {
    const awaitedAt = receipt?.awaitedAt ?? null
    if (awaitedAt === null) return
    if (awaitedAt === waits.instanceId) return waits.acknowledged({ addressee, id })
    try {
      const peer = await directory.instance(awaitedAt)
      if (peer !== null) await relay.tell(peer, { kind: 'acknowledged', clientId: addressee, id })
    } catch {
      // The publisher's instance finds it at its next look at the store.
    }
  }
}
