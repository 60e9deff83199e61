import type { Peer } from '../../delivery/peers/directory.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Self } from './instances.ts'
import type { Pool } from './pool.ts'
import { micros, rowsOf } from './sql-parts.ts'

/** The instance that a client has left for this one. */
export interface PreviousOwner extends Peer {
  /** False when the instance is dead or leaving: then there is nobody to tell. */
  readonly live: boolean
}

/** A client's session is recorded here. `previous` is null when the client had no session, or had it here already. */
export interface Recorded {
  readonly previous: PreviousOwner | null
  /**
   * When that was, in microseconds of the database's clock. Read while the row is locked, so that of two records of one
   * client the one that was committed later has the later time.
   */
  readonly recordedAt: number
}

/**
 * Thrown when this process has no live row: its peers took it for dead, or another process has taken over its id. It may
 * not record sessions under this id.
 */
export class InstanceDead extends Refusal {
  constructor() {
    super('ERROR_DB_UNEXPECTED_ERROR', { message: 'This instance is registering itself anew; try again' })
  }
}

type Outcomes = Map<string, Recorded | Error>

interface Row {
  /** Null in the single row that means: this instance lives, but nothing was recorded. */
  readonly clientId: string | null
  readonly recordedAtUs: string
  readonly previousId: string | null
  readonly address: string
  readonly queueUrl: string
  readonly relayKey: string
  readonly live: boolean
}

/** The first try, and retries after lost races; the clients that lose them all are refused. */
const maxTries = 4

/**
 * Records the sessions of the clients, each once in `clientIds`, with one statement, or a few when other instances race
 * for the same clients. Rejects with `InstanceDead`, or with the refusal of the pool when nothing could be recorded.
 */
export async function announceAll(pool: Pool, self: Self, clientIds: readonly string[]): Promise<Outcomes> {
  const outcomes: Outcomes = new Map()
  let asked = clientIds
  for (let tries = 0; asked.length > 0 && tries < maxTries; tries++) {
    for (const row of await record(pool, self, asked)) {
      if (row.clientId !== null)
        outcomes.set(row.clientId, { previous: previousOf(row), recordedAt: Number(row.recordedAtUs) })
    }
    asked = asked.filter((clientId) => !outcomes.has(clientId))
  }
  for (const clientId of asked) outcomes.set(clientId, new Refusal('ERROR_DB_UNEXPECTED_ERROR'))
  return outcomes
}

/**
 * Locks, in this order: our own row, so that nobody fences us meanwhile (`for key share` lets our heartbeat pass, `for
 * update` of a fence waits); the existing sessions, by client id, so that two instances never wait for each other; then
 * the new ones, by client id. Two instances that see different halves of the same sessions as new can still deadlock; the
 * server ends one statement, and the pool repeats it. The count makes the second come before the third: after the upsert
 * the previous owner could not be read any more. A session that another instance inserted after this statement began is
 * not taken over, since its owner is not known here: its client is missing in the result, and the next try sees it.
 */
async function record(pool: Pool, { id, relayKey }: Self, clientIds: readonly string[]): Promise<Row[]> {
  const rows = await pool.as('record sessions').query(
    (sql, { instances, sessions }) => sql<Row[]>`
      with here as materialized (
        select id from ${instances} where id = ${id} and relay_key = ${relayKey} and dead_at is null for key share
      ), asked as (
        select client_id from (${rowsOf(sql, clientIds)}) as asked (client_id)
      ), owned as materialized (
        select sessions.client_id, sessions.instance_id
        from ${sessions}
        where sessions.client_id in (select client_id from asked) and exists (select from here)
        order by sessions.client_id
        for update
      ), recorded as (
        insert into ${sessions} (client_id, instance_id, connected_at)
        select asked.client_id, here.id, clock_timestamp()
        from asked cross join here
        where (select count(*) from owned) >= 0
        order by asked.client_id
        on conflict (client_id) do update
          set instance_id = excluded.instance_id, connected_at = excluded.connected_at
          where excluded.client_id in (select client_id from owned)
        returning client_id, connected_at
      )
      select
        recorded.client_id as "clientId", ${micros(sql, sql`recorded.connected_at`)} as "recordedAtUs",
        previous.id as "previousId", previous.address,
        previous.queue_url as "queueUrl", previous.relay_key as "relayKey", previous.dead_at is null as live
      from here
      left join recorded on true
      left join owned on owned.client_id = recorded.client_id and owned.instance_id <> here.id
      left join ${instances} as previous on previous.id = owned.instance_id`,
  )
  if (rows.length === 0) throw new InstanceDead()
  return rows
}

function previousOf({ previousId, address, queueUrl, relayKey, live }: Row): PreviousOwner | null {
  return previousId === null ? null : { id: previousId, address, queueUrl, relayKey, live }
}
