import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Arrivals } from './arrivals.ts'
import type { Departures } from './departures.ts'
import type { Identity } from './identity.ts'
import type { Predecessor } from './predecessor.ts'
import type { SessionRecords } from './session-records.ts'

export interface Compared {
  readonly identity: Identity
  readonly records: SessionRecords
  readonly arrivals: Arrivals
  readonly departed: Departures
  readonly mailboxes: Mailboxes
  readonly predecessor: Predecessor
}

/**
 * Compares the sessions this instance believes in with the table: a word that a client has moved may have been lost,
 * and so may the removal of a session. By `number`, they are compared one by one only if there are more or fewer: as many
 * may have been lost as were left over, which `each` finds.
 */
export async function compareSessions(
  { identity, records, arrivals, departed, mailboxes, predecessor }: Compared,
  by: 'number' | 'each',
): Promise<void> {
  // Taken before the table is read: a client that comes later is not missing from it.
  const believed = new Set(mailboxes.clients.recordedHere())
  if (by === 'number' && (await records.count()) === believed.size) return
  const recorded = new Set(await records.list())
  const missing = [...believed].filter((clientId) => !recorded.has(clientId) && mailboxes.clients.isHere(clientId))
  const elsewhere = await records.findMany(missing)
  const lost: string[] = []
  for (const clientId of missing) {
    if (!mailboxes.clients.isHere(clientId)) continue
    const peer = elsewhere.get(clientId)
    if (peer === undefined) lost.push(clientId)
    else if (peer.id !== identity.id) departed(clientId, peer.recordedAt)
  }
  await Promise.all(lost.map((clientId) => arrivals.record(clientId)))
  if (predecessor.mayHoldClients) return
  const leftOver = [...recorded].filter((clientId) => !mailboxes.confirmHere(clientId))
  await Promise.all(leftOver.map((clientId) => arrivals.forget(clientId)))
}
