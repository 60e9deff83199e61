import type { PostgresPending } from '../../adapters/postgres/pending.ts'
import type { Backlog } from '../../delivery/intake/backlog.ts'
import type { PendingLeases } from '../../delivery/intake/pending.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'

/** Between two sweeps: the longest that a notification waits whose relay was lost, or whose lease has ended. */
const everyMs = 5_000
/** Keys looked at with one statement. */
const pageSize = 1_000
/** Rows read with one statement; the rest is found by the next sweep. */
const maxRead = 200

interface Needs {
  readonly stored: PostgresPending
  readonly pending: PendingLeases
  readonly backlog: Backlog
  readonly mailboxes: Mailboxes
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: { warn(fields: object, sentence: string): void }
}

/**
 * Picks up stored notifications whose client is here and that nobody here holds, every few seconds until the signal
 * aborts: a word between instances may have been lost, and a lease that ends unacknowledged leaves its row behind.
 */
export async function runSweep(needs: Needs, signal: AbortSignal): Promise<void> {
  let working = true
  while (!signal.aborted) {
    await needs.sleep(everyMs, signal)
    if (signal.aborted) return
    try {
      await sweep(needs)
      working = true
    } catch (err) {
      if (working) needs.log.warn({ err }, 'pending notifications could not be looked for')
      working = false
    }
  }
}

async function sweep({ stored, pending, backlog, mailboxes }: Needs): Promise<void> {
  await backlog.readOn()
  let after: string | null = null
  do {
    const page = await stored.waitingAt(mailboxes.instanceId, { after, limit: pageSize, except: [...pending.behind] })
    // A client whose session is being recorded is read for when its former instance has heard what it acknowledges.
    const wanted = page.filter(
      ({ key, clientId }) =>
        mailboxes.clients.isHere(clientId) &&
        mailboxes.clients.announcementOf(clientId) === null &&
        !mailboxes.leasesOf(clientId)?.has(key) &&
        !pending.wasAcknowledged(key),
    )
    for (let i = 0; i < wanted.length; i += maxRead) {
      const rows = await stored.readKeys(wanted.slice(i, i + maxRead).map(({ key }) => key))
      mailboxes.offer(pending.lease(rows))
    }
    after = page.length === pageSize ? (page.at(-1)?.key ?? null) : null
  } while (after !== null)
}
