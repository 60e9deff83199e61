import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Arrivals } from './arrivals.ts'
import type { Departures } from './departures.ts'
import type { Identity } from './identity.ts'
import type { SessionRecords } from './session-records.ts'

interface Needs {
  readonly identity: Identity
  readonly records: SessionRecords
  readonly arrivals: Arrivals
  readonly departed: Departures
  readonly mailboxes: Mailboxes
  readonly log: Log
}

/**
 * Records the clients of an instance that goes on under a new id, but for those that are at another instance by now: a
 * client that has gone elsewhere is not taken back.
 */
export async function recordAnew(
  { identity, records, arrivals, departed, mailboxes, log }: Needs,
  oldInstanceId: string,
): Promise<void> {
  const clientIds = [...mailboxes.clients.recordedHere()]
  // If it cannot be told where they are, they are recorded here; their next poll says where they are.
  const peers = await records.findMany(clientIds).catch(() => new Map<string, never>())
  const ours: string[] = []
  for (const clientId of clientIds) {
    const peer = peers.get(clientId)
    const isElsewhere = peer !== undefined && peer.id !== identity.id && peer.id !== oldInstanceId
    if (isElsewhere) departed(clientId, peer.recordedAt)
    else ours.push(clientId)
  }
  await Promise.allSettled(ours.map((clientId) => arrivals.record(clientId)))
  log.info({ instanceId: identity.id, oldInstanceId, clients: ours.length }, 'clients are recorded anew')
}
