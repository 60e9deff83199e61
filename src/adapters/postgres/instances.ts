import type { Peer } from '../../delivery/peers/directory.ts'
import type { Sql } from './connection.ts'
import type { Pool } from './pool.ts'
import { ms } from './sql-parts.ts'

/** An instance as it registers at its start. */
export interface Registration {
  readonly id: string
  /** The URL at which other instances reach it: `http://host:port`. */
  readonly address: string
  readonly queueUrl: string
  /** Whether it created its queue, which then is deleted with it. */
  readonly ownsQueue: boolean
  readonly relayKey: string
}

/** A row of the table. The instance is live while `deadAt` is null. */
export interface Instance extends Registration {
  readonly startedAt: Date
  readonly heartbeatAt: Date
  readonly deadAt: Date | null
}

/** An instance that is marked dead, and for how long by the database's clock. */
export interface DeadInstance extends Instance {
  readonly deadForMs: number
}

/**
 * One process: its id, and the relay key that it made for this id. Under a fixed id the key tells the processes apart,
 * since only the one that has registered last finds its own in the row.
 */
export type Self = Pick<Registration, 'id' | 'relayKey'>

/**
 * The state of a process by the row of its id: `live`; `dead`, when the process was taken for dead, or has no row;
 * `superseded`, when a later process has taken over its id.
 */
export type Standing = 'live' | 'dead' | 'superseded'

/** A process whose heartbeat is younger still lives: two heartbeats in a row may be lost or late. */
const recentSeconds = 15

export interface Instances {
  /**
   * Enters this instance as live. Under a fixed id it takes over the row of the process before. The sessions of a process
   * that still lives stay, since messages for its clients come to the same queue; those of one that has crashed go.
   * Returns the process that still lives, or null. A repeat of the same registration changes nothing.
   */
  register(instance: Registration): Promise<Peer | null>
  /** Records that the process lives, and returns what its row says of it. */
  heartbeat(self: Self): Promise<Standing>
  /** Marks instances as dead whose heartbeat is older, removes their sessions, and returns these instances. */
  fenceDead(options: { readonly afterSeconds: number }): Promise<Instance[]>
  /** Returns the dead instances, whose queues may still have to be drained. */
  deadInstances(): Promise<DeadInstance[]>
  /** Returns live instances, those that have started last first; at most `limit`. */
  live(options: { readonly limit: number }): Promise<Instance[]>
  /** Returns the live instance with this id, or null. */
  findLive(id: string): Promise<Instance | null>
  /** Marks the instance as dead and removes its sessions, unless another process has taken over its id. */
  markLeaving(self: Self): Promise<void>
  /** Removes the row of a dead instance, with the sessions it may have left. */
  remove(id: string): Promise<void>
}

type Row = Registration &
  Readonly<Record<'startedAtMs' | 'heartbeatAtMs', string>> & { readonly deadAtMs: string | null }

const columns = (sql: Sql) => sql`
  id, address, queue_url as "queueUrl", owns_queue as "ownsQueue", relay_key as "relayKey",
  ${ms(sql, sql`started_at`)} as "startedAtMs", ${ms(sql, sql`heartbeat_at`)} as "heartbeatAtMs",
  ${ms(sql, sql`dead_at`)} as "deadAtMs"`

function toInstance({ startedAtMs, heartbeatAtMs, deadAtMs, ...registration }: Row): Instance {
  return {
    ...registration,
    startedAt: new Date(Number(startedAtMs)),
    heartbeatAt: new Date(Number(heartbeatAtMs)),
    deadAt: deadAtMs === null ? null : new Date(Number(deadAtMs)),
  }
}

/**
 * The instances table. All times are the database's.
 *
 * A statement that marks an instance as dead locks its row `for update` first: it waits for announcements in flight, which
 * hold the row `for key share`, and later announcements see `dead_at`. Sessions are locked in the order of client ids, as
 * in announcements.
 */
export function createInstances({ pool }: { readonly pool: Pool }): Instances {
  return {
    async register({ id, address, queueUrl, ownsQueue, relayKey }) {
      // The count makes the row be read before it is written: afterwards it would say nothing of the process before.
      const [row] = await pool.vital.as('register instance').query(
        (sql, { instances, sessions }) => sql<{ earlier: Omit<Peer, 'id'> | null }[]>`
          with earlier as materialized (
            select address, queue_url, relay_key,
              dead_at is null and heartbeat_at > now() - make_interval(secs => ${recentSeconds}) as lives
            from ${instances}
            where id = ${id} and relay_key <> ${relayKey}
            for update
          ), left_over as materialized (
            select client_id from ${sessions}
            where instance_id = ${id} and exists (select from earlier where not lives)
            order by client_id
            for update
          ), swept as (
            delete from ${sessions} using left_over
            where sessions.client_id = left_over.client_id and sessions.instance_id = ${id}
          )
          insert into ${instances} (id, address, queue_url, owns_queue, relay_key)
          select ${id}::uuid, ${address}, ${queueUrl}, ${ownsQueue}::bool, ${relayKey}
          where (select count(*) from earlier) >= 0
          on conflict (id) do update set
            address = excluded.address, queue_url = excluded.queue_url, owns_queue = excluded.owns_queue,
            relay_key = excluded.relay_key, started_at = now(), heartbeat_at = now(), dead_at = null
          returning (
            select json_build_object('address', address, 'queueUrl', queue_url, 'relayKey', relay_key)
            from earlier where lives
          ) as earlier`,
      )
      return row?.earlier ? { id, ...row.earlier } : null
    },

    async heartbeat({ id, relayKey }) {
      const [row] = await pool.vital.as('heartbeat').query(
        (sql, { instances }) => sql<{ standing: Standing }[]>`
          with beaten as (
            update ${instances} set heartbeat_at = now()
            where id = ${id} and dead_at is null and relay_key = ${relayKey}
            returning id
          )
          select case
            when exists (select from beaten) then 'live'
            when exists (select from ${instances} where id = ${id} and relay_key <> ${relayKey}) then 'superseded'
            else 'dead'
          end as standing`,
      )
      return row?.standing ?? 'dead'
    },

    async fenceDead({ afterSeconds }) {
      const fenced = await pool.vital.as('fence instances').query(
        (sql, { instances, sessions }) => sql<Row[]>`
          with silent as materialized (
            select id from ${instances}
            where dead_at is null and heartbeat_at < now() - make_interval(secs => ${afterSeconds})
            order by id
            for update
          ), left_over as materialized (
            select client_id from ${sessions} where instance_id in (select id from silent) order by client_id for update
          ), swept as (
            delete from ${sessions} using left_over
            where sessions.client_id = left_over.client_id and instance_id in (select id from silent)
          )
          update ${instances} set dead_at = now()
          where id in (select id from silent) and dead_at is null
          returning ${columns(sql)}`,
      )
      return fenced.map(toInstance)
    },

    async deadInstances() {
      const dead = await pool.as('list dead instances').query(
        (sql, { instances }) => sql<(Row & { readonly deadForMs: string })[]>`
          select ${columns(sql)}, ${ms(sql, sql`now() - dead_at`)} as "deadForMs"
          from ${instances} where dead_at is not null order by dead_at`,
      )
      return dead.map(({ deadForMs, ...row }) => ({ ...toInstance(row), deadForMs: Number(deadForMs) }))
    },

    async live({ limit }) {
      const found = await pool.as('list instances').query(
        (sql, { instances }) => sql<Row[]>`
          select ${columns(sql)} from ${instances} where dead_at is null order by started_at desc limit ${limit}`,
      )
      return found.map(toInstance)
    },

    async findLive(id) {
      const [found] = await pool.as('find instance').query(
        (sql, { instances }) => sql<Row[]>`
          select ${columns(sql)} from ${instances} where id = ${id} and dead_at is null`,
      )
      return found ? toInstance(found) : null
    },

    async markLeaving({ id, relayKey }) {
      await pool.vital.as('mark instance leaving').query(
        (sql, { instances, sessions }) => sql`
          with leaving as materialized (
            select id from ${instances} where id = ${id} and relay_key = ${relayKey} for update
          ), left_over as materialized (
            select client_id from ${sessions} where instance_id in (select id from leaving) order by client_id for update
          ), swept as (
            delete from ${sessions} using left_over
            where sessions.client_id = left_over.client_id and sessions.instance_id = ${id}
          )
          update ${instances} set dead_at = now() where id in (select id from leaving) and dead_at is null`,
      )
    },

    async remove(id) {
      // Sessions that an announcement committed while the fence waited for it go with the row.
      await pool
        .as('remove instance')
        .query((sql, { instances }) => sql`delete from ${instances} where id = ${id} and dead_at is not null`)
    },
  }
}
