import { Semaphore } from '../../adapters/sqs/semaphore.ts'
import type { Publishing } from '../../delivery/intake/publishing.ts'
import type { Notification } from '../../delivery/notification.ts'
import type { Clock, Dispatcher } from '../../delivery/ports.ts'

/** Notifications stored at once: they take a part of the connections to the database, and leave the rest to requests. */
const maxStoring = 4

interface Needs {
  readonly publishing: Publishing
  readonly dispatcher: Dispatcher
  readonly clock: Clock
}

/**
 * Stores a notification that came through a queue, as a publication under its id, so that a repeat is noticed. Resolves
 * when it is stored, and tells when it was looked where its client is; resolves with null when its client has as many
 * stored notifications as it may. Rejects when it may not be stored, at the latest after `withinMs`.
 */
export type StoreFor = (
  notification: Notification,
  withinMs: number,
) => Promise<{ readonly dispatched: Promise<unknown> } | null>

/** Returns a `StoreFor` of this instance. */
export function storing({ publishing, dispatcher, clock }: Needs): StoreFor {
  const semaphore = new Semaphore(maxStoring)
  return async (notification, withinMs) => {
    const late = new AbortController()
    const cancel = clock.after(withinMs, () => late.abort())
    const release = await semaphore.acquire(late.signal)
    cancel()
    // By then the queue shows it again, perhaps to an instance that hands it over before it is stored here.
    if (release === null) throw new Error('other notifications were stored for as long as the lease lasted')
    const outcome = await publishing.insert({ ...notification, ttlSeconds: null }).finally(release)
    if (outcome.kind === 'full') return null
    // The row comes first and the look-up second, as with a publication: the client may have come meanwhile.
    return { dispatched: outcome.kind === 'stored' ? dispatcher.dispatch(outcome.row) : Promise.resolve() }
  }
}
