import type { PostgresSessions } from '../../adapters/postgres/sessions.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Forwarding } from '../../delivery/peers/forwarding.ts'

interface Compared {
  readonly sessions: PostgresSessions
  readonly mailboxes: Mailboxes
  readonly delivery: Forwarding
  /** Compare one by one even when the numbers agree: as many may have been lost as were left over. */
  readonly full: boolean
}

/**
 * Compares the sessions this instance believes in with the table: a word that a client has moved may have been lost,
 * and so may the removal of a session.
 */
export async function compareSessions({ sessions, mailboxes, delivery, full }: Compared): Promise<void> {
  // Taken before the table is read: who comes here later is not missing from it.
  const believed = new Set(mailboxes.clientsHere())
  if (!full && (await sessions.countOwn()) === believed.size) return
  const recorded = new Set(await sessions.listOwn())
  const missing = [...believed].filter((clientId) => !recorded.has(clientId) && mailboxes.isHere(clientId))
  const elsewhere = missing.length === 0 ? new Map() : await sessions.findMany(missing)
  const lost: string[] = []
  for (const clientId of missing) {
    if (!mailboxes.isHere(clientId)) continue
    if (elsewhere.has(clientId)) delivery.moved(clientId)
    else lost.push(clientId)
  }
  await Promise.all(lost.map((clientId) => sessions.announce(clientId)))
  const leftOver = [...recorded].filter((clientId) => !mailboxes.confirmHere(clientId))
  await Promise.all(leftOver.map((clientId) => sessions.forget(clientId)))
}
