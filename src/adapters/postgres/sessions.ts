import { isClientId } from '../../delivery/notification.ts'
import type { Peer } from '../../delivery/peers/directory.ts'
import type { Clock, Log, Sessions } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { announceAll, InstanceDead, type PreviousOwner, type Recorded } from './announcement.ts'
import { coalesce } from './coalesce.ts'
import { PerKeyQueue } from './per-key-queue.ts'
import type { Pool } from './pool.ts'

/** A client that came here from another instance. */
export interface Move {
  readonly clientId: string
  readonly previous: PreviousOwner
}

export interface PostgresSessions extends Sessions {
  /** Returns the live instance that has the client's session, or null. */
  find(clientId: string): Promise<Peer | null>
  /** The same for many clients; those without a session are missing. */
  findMany(clientIds: Iterable<string>): Promise<Map<string, Peer>>
  /** Returns how many sessions are at this instance. */
  countOwn(): Promise<number>
  /** Returns the clients whose sessions are at this instance. */
  listOwn(): Promise<string[]>
  /** Removes all sessions at this instance. */
  removeOwn(): Promise<void>
}

export interface SessionsOptions {
  readonly pool: Pool
  /** This instance's id at this moment: it changes when the instance was taken for dead. */
  readonly instanceId: () => string
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** Called once per statement that finds no live row, before its announcements reject with `InstanceDead`. */
  readonly onTakenForDead: () => void
  /**
   * Called after each commit that moved clients here from other instances. Their announcements resolve when it has
   * resolved, so it should not take long. A rejection is ignored: the clients are recorded.
   */
  readonly onMoved?: (moves: readonly Move[]) => Promise<void> | void
}

type Announced = Recorded & { readonly told: Promise<void> | null }

/** The sessions table, seen from one instance. The calls of the same couple of milliseconds share statements. */
export function createSessions({
  pool,
  instanceId,
  clock,
  log,
  onTakenForDead,
  onMoved,
}: SessionsOptions): PostgresSessions {
  const perClient = new PerKeyQueue()

  const announceOne = coalesce<Announced>(clock, async (clientIds) => {
    const outcomes = await announceAll(pool, instanceId(), clientIds).catch((error: unknown) => {
      if (error instanceof InstanceDead) onTakenForDead()
      throw error
    })
    const told = tell(outcomes)
    return new Map(
      [...outcomes].map(([clientId, outcome]) => [
        clientId,
        outcome instanceof Error ? outcome : { ...outcome, told: outcome.previous ? told : null },
      ]),
    )
  })

  const forgetOne = coalesce<never>(clock, async (clientIds) => {
    const here = instanceId()
    try {
      // Only our own rows: by now a client may be held at another instance. Locked in the order of announcements.
      await pool.query(
        (sql, { sessions }) => sql`
          with ours as materialized (
            select client_id from ${sessions}
            where client_id in (select jsonb_array_elements_text(${sql.json(clientIds)})) and instance_id = ${here}
            order by client_id
            for update
          )
          delete from ${sessions} using ours
          where sessions.client_id = ours.client_id and sessions.instance_id = ${here}`,
      )
    } catch (err) {
      log.warn({ err, clients: clientIds.length }, 'sessions stay recorded here after their clients have left')
    }
    return new Map()
  })

  const findOne = coalesce<Peer>(clock, async (clientIds) => {
    const rows = await pool.query(
      (sql, { instances, sessions }) => sql<(Peer & { clientId: string })[]>`
        select
          sessions.client_id as "clientId", instances.id, instances.queue_url as "queueUrl",
          instances.address, instances.relay_key as "relayKey"
        from ${sessions}
        join ${instances} on instances.id = sessions.instance_id
        where sessions.client_id in (select jsonb_array_elements_text(${sql.json(clientIds)}))
          and instances.dead_at is null`,
    )
    return new Map(rows.map(({ clientId, ...peer }) => [clientId, peer]))
  })

  async function tell(outcomes: ReadonlyMap<string, Recorded | Error>): Promise<void> {
    const moves: Move[] = []
    for (const [clientId, outcome] of outcomes) {
      if (!(outcome instanceof Error) && outcome.previous) moves.push({ clientId, previous: outcome.previous })
    }
    if (moves.length === 0) return
    try {
      await onMoved?.(moves)
    } catch (err) {
      log.warn({ err, clients: moves.length }, 'instances were not told that clients have moved')
    }
  }

  async function find(clientId: string): Promise<Peer | null> {
    return isStorable(clientId) ? ((await findOne(clientId)) ?? null) : null
  }

  return {
    async announce(clientId) {
      if (!isStorable(clientId)) {
        throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'The client id cannot be recorded' })
      }
      const announced = await perClient.run(clientId, () => announceOne(clientId))
      await announced?.told
    },

    async forget(clientId) {
      if (isStorable(clientId)) await perClient.run(clientId, () => forgetOne(clientId)).catch(() => {})
    },

    find,

    async findMany(clientIds) {
      const found = new Map<string, Peer>()
      const look = async (clientId: string) => {
        const peer = await find(clientId)
        if (peer) found.set(clientId, peer)
      }
      await Promise.all(Array.from(new Set(clientIds), look))
      return found
    },

    async countOwn() {
      const [row] = await pool.query(
        (sql, { sessions }) => sql<{ count: number }[]>`
          select count(*)::int as count from ${sessions} where instance_id = ${instanceId()}`,
      )
      return row?.count ?? 0
    },

    async listOwn() {
      const rows = await pool.query(
        (sql, { sessions }) => sql<{ clientId: string }[]>`
          select client_id as "clientId" from ${sessions} where instance_id = ${instanceId()}`,
      )
      return rows.map(({ clientId }) => clientId)
    },

    async removeOwn() {
      const here = instanceId()
      await pool.query(
        (sql, { sessions }) => sql`
          with ours as materialized (
            select client_id from ${sessions} where instance_id = ${here} order by client_id for update
          )
          delete from ${sessions} using ours
          where sessions.client_id = ours.client_id and sessions.instance_id = ${here}`,
      )
    },
  }
}

/** A lone surrogate is not a character: the database refuses a statement with it. */
function isStorable(clientId: string): boolean {
  return isClientId(clientId) && clientId.isWellFormed()
}
