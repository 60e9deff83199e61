import type { EndedRow, PendingPage, PendingStore } from '../../delivery/intake/pending.ts'
import type { Clock, PendingRow } from '../../delivery/ports.ts'
import { coalesce } from './coalesce.ts'
import { readPages } from './pending-pages.ts'
import { type Columns, columns, readRow } from './pending-row.ts'
import type { Pool } from './pool.ts'
import { defaultReceiptTtlSeconds, keepReceipts } from './receipts.ts'
import { idsOf } from './sql-parts.ts'

/** A pending notification that no instance may have read yet. */
export interface Waiting {
  readonly key: string
  readonly clientId: string
}

export interface PostgresPending extends PendingStore {
  /** Reads these rows, the oldest first, without those that are gone and those past the bound on bytes. */
  readKeys(keys: readonly string[]): Promise<PendingRow[]>
  /**
   * Returns the rows for clients whose session is at this instance, in the order of keys, after `after`. Does not count as
   * reading: the sweep goes through all of them, page by page, and reads those that this instance does not hold. Clients
   * in `except` are left out.
   */
  waitingAt(
    instanceId: string,
    page: { readonly after: string | null; readonly limit: number; readonly except: readonly string[] },
  ): Promise<Waiting[]>
}

interface PendingOptions {
  readonly pool: Pool
  readonly clock: Clock
  /** How long a receipt is kept. */
  readonly receiptTtlSeconds?: number
  /** The maximum of rows in one reading for one client. */
  readonly limit?: number
  /** The maximum of bytes of bodies in the result of one statement. */
  readonly maxBytes?: number
}

/** Enough for two full responses. */
const defaultLimit = 200
/** PostgreSQL sends two digits for each byte of a body; a burst of clients must not fill the memory. */
const defaultBytes = 8 * 1_048_576

/** Newcomers of one announcement are read together all the same. */
const readRushMs = 60
/** Rows are not handed over again meanwhile, and an acknowledgement has been answered. */
const removeRushMs = 25

/** An `EndedRow` as the statement reads it. */
interface EndedColumns extends Record<string, string | number | null> {
  readonly id: string
  readonly acknowledged_by: EndedRow['by']
  readonly delivery_count: number
}

/**
 * The pending notifications. Reading counts: `delivery_count` tells how often a row was read to be handed over. Rows are
 * locked in the order of ids, so that readings and deletions of the same rows never deadlock.
 */
export function createPending({
  pool,
  clock,
  receiptTtlSeconds = defaultReceiptTtlSeconds,
  limit = defaultLimit,
  maxBytes = defaultBytes,
}: PendingOptions): PostgresPending {
  const readOne = coalesce<PendingPage>(clock, (clientIds) => readPages(pool, clientIds, { limit, maxBytes }), {
    rushMs: readRushMs,
  })

  const removeOne = coalesce<never>(
    clock,
    async (keys) => {
      await pool.as('delete pending').query(
        (sql, { pendingNotifications }) => sql`
        with done as materialized (
          select id from ${pendingNotifications}
          where id in (${idsOf(sql, keys)})
          order by id
          for update
        )
        delete from ${pendingNotifications} using done where pending_notifications.id = done.id`,
      )
      return new Map()
    },
    { rushMs: removeRushMs },
  )

  const endOne = coalesce<never>(
    clock,
    async (ends) => {
      await pool.as('end pending with receipt').query(
        (sql, { pendingNotifications, receipts }) => sql`
          with given as materialized (
            select * from jsonb_to_recordset(${sql.json(ends.map((end) => JSON.parse(end) as EndedColumns))}) as given (
              id uuid, acknowledged_by text, delivery_count int
            )
            limit ${ends.length}
          ), done as materialized (
            select id from ${pendingNotifications} where id in (select id from given) order by id for update
          ), removed as (
            delete from ${pendingNotifications} using done where pending_notifications.id = done.id
            returning pending_notifications.*
          ), ended as (
            select
              removed.*, case when given.acknowledged_by is null then 'expired' else 'acknowledged' end as state,
              given.acknowledged_by, now() as since,
              greatest(removed.delivery_count, given.delivery_count) as final_count
            from removed
            join given using (id)
          )
          ${keepReceipts(sql, receipts, sql`ended`, receiptTtlSeconds)}`,
      )
      return new Map()
    },
    { rushMs: removeRushMs },
  )

  const noteHandedOver = coalesce<never>(clock, async (keys) => {
    await pool.as('note handed over').query(
      (sql, { pendingNotifications }) => sql`
        with written as materialized (
          select id from ${pendingNotifications}
          where id in (${idsOf(sql, keys)}) and handed_over_at is null
          order by id
          for update
        )
        update ${pendingNotifications} set handed_over_at = now()
        from written
        where pending_notifications.id = written.id`,
    )
    return new Map()
  })

  const isStoredOne = coalesce<true>(clock, async (keys) => {
    const rows = await pool.as('find pending').query(
      (sql, { pendingNotifications }) => sql<{ id: string }[]>`
        select id from ${pendingNotifications}
        where id in (${idsOf(sql, keys)}) and expires_at > now()`,
    )
    return new Map(rows.map(({ id }) => [id, true]))
  })

  return {
    readPage: async (clientId) => (await readOne(clientId)) ?? { rows: [], more: false },
    async readKeys(keys) {
      const rows = await pool.as('read pending by keys').query(
        (sql, { pendingNotifications }) => sql<Columns[]>`
          with sized as (
            select id, sum(octet_length(body)) over (order by created_at, id) - octet_length(body) as before
            from ${pendingNotifications}
            where id in (${idsOf(sql, keys)}) and expires_at > now()
          ), locked as materialized (
            select id from ${pendingNotifications}
            where id in (select id from sized where before < ${maxBytes})
            order by id
            for update
          ), counted as (
            update ${pendingNotifications} set delivery_count = delivery_count + 1
            from locked
            where pending_notifications.id = locked.id
            returning pending_notifications.*
          )
          select ${columns(sql)} from counted order by created_at, id`,
      )
      return rows.map(readRow)
    },
    async isStored(key) {
      return (await isStoredOne(key)) ?? false
    },
    remove: (key) => removeOne(key),
    end: ({ key, by, deliveryCount }) => {
      const columns: EndedColumns = { id: key, acknowledged_by: by, delivery_count: deliveryCount }
      return endOne(JSON.stringify(columns))
    },
    noteHandedOver: (key) => noteHandedOver(key),
    async waitingAt(instanceId, { after, limit, except }) {
      return pool.as('sweep pending').query(
        (sql, { pendingNotifications, sessions }) => sql<Waiting[]>`
          select id as key, sessions.client_id as "clientId"
          from ${sessions}
          -- The clients that are here may be few, and rows of others many: a plain join reads all of those, in the order of ids.
          cross join lateral (
            select id from ${pendingNotifications}
            where pending_notifications.client_id = sessions.client_id
              and expires_at > now() and (${after}::uuid is null or id > ${after}::uuid)
            offset 0
          ) as waiting
          where instance_id = ${instanceId}
            and sessions.client_id not in (select jsonb_array_elements_text(${sql.json(except)}))
          order by id
          limit ${limit}`,
      )
    },
  }
}
