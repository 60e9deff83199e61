import type { Peer } from '../../delivery/peers/directory.ts'
import { announceAll, type Recorded } from './announcement.ts'
import type { Self } from './instances.ts'
import type { Pool } from './pool.ts'
import { micros, rowsOf } from './sql-parts.ts'

/** The live instance that has a client, and since when. */
export interface LocatedPeer extends Peer {
  /** When the session was recorded, in microseconds of the database's clock. */
  readonly recordedAt: number
}

type Found = Peer & { readonly clientId: string; readonly recordedAtUs: string }

/** The statements of the sessions table; each is about many clients, and rejects when the database does not answer. */
export interface SessionsTable {
  /**
   * Records that the clients, each once in the list, are at this instance. Returns what came of each. Rejects with
   * `InstanceDead` when the instance has no live row, or another process has taken over its id.
   */
  record(self: Self, clientIds: readonly string[]): Promise<ReadonlyMap<string, Recorded | Error>>
  /**
   * Removes the sessions of those clients that are still recorded at this instance, unless another process has taken over
   * its id: from then on they are that process's.
   */
  remove(self: Self, clientIds: readonly string[]): Promise<void>
  /** Finds the live instances that have the clients; clients that are nowhere are missing. */
  find(clientIds: readonly string[]): Promise<ReadonlyMap<string, LocatedPeer>>
  /** Returns how many sessions are recorded at this instance. */
  count(instanceId: string): Promise<number>
  /** Returns the clients whose sessions are recorded at this instance. */
  list(instanceId: string): Promise<string[]>
}

/** Returns the statements of the sessions table on this pool; no connection is made before the first. */
export function createSessionsTable({ pool }: { readonly pool: Pool }): SessionsTable {
  return {
    record: (self, clientIds) => announceAll(pool, self, clientIds),

    async remove({ id, relayKey }, clientIds) {
      // Only our own rows: by now a client may be held at another instance. Locked in the order of announcements.
      await pool.as('forget sessions').query(
        (sql, { instances, sessions }) => sql`
          with ours as materialized (
            select client_id from ${sessions}
            where client_id in (${rowsOf(sql, clientIds)})
              and instance_id = ${id}
              and exists (select from ${instances} where id = ${id} and relay_key = ${relayKey})
            order by client_id
            for update
          )
          delete from ${sessions} using ours
          where sessions.client_id = ours.client_id and sessions.instance_id = ${id}`,
      )
    },

    async find(clientIds) {
      const rows = await pool.as('find sessions').query(
        (sql, { instances, sessions }) => sql<Found[]>`
          select
            sessions.client_id as "clientId", instances.id, instances.queue_url as "queueUrl",
            instances.address, instances.relay_key as "relayKey",
            ${micros(sql, sql`sessions.connected_at`)} as "recordedAtUs"
          from ${sessions}
          join ${instances} on instances.id = sessions.instance_id
          where sessions.client_id in (${rowsOf(sql, clientIds)})
            and instances.dead_at is null`,
      )
      return new Map(
        rows.map(({ clientId, recordedAtUs, ...peer }) => [clientId, { ...peer, recordedAt: Number(recordedAtUs) }]),
      )
    },

    async count(instanceId) {
      const [row] = await pool.as('count sessions').query(
        (sql, { sessions }) => sql<{ count: number }[]>`
          select count(*)::int as count from ${sessions} where instance_id = ${instanceId}`,
      )
      return row?.count ?? 0
    },

    async list(instanceId) {
      const rows = await pool.as('list sessions').query(
        (sql, { sessions }) => sql<{ clientId: string }[]>`
          select client_id as "clientId" from ${sessions} where instance_id = ${instanceId}`,
      )
      return rows.map(({ clientId }) => clientId)
    },
  }
}
