import type { PendingPage } from '../../delivery/intake/pending.ts'
import type { PendingRow } from '../../delivery/ports.ts'
import { type Columns, columns, readRow } from './pending-row.ts'
import type { Pool } from './pool.ts'
import { rowsOf } from './sql-parts.ts'

/** A row of a page; the columns of the notification are null when it is left for another reading. */
type PageRow = Omit<Columns, 'id'> & { readonly forClient: string; readonly id: string | null }

/**
 * Returns each client's oldest rows, as many as the bounds allow: first the oldest of every client, then the second oldest,
 * and so on, so that a client with large bodies does not keep the others waiting. One row more than the limit is looked at;
 * it tells that more rows wait.
 */
export async function readPages(
  pool: Pool,
  clientIds: readonly string[],
  bounds: { readonly limit: number; readonly maxBytes: number },
): Promise<Map<string, PendingPage>> {
  const pages = new Map<string, { rows: PendingRow[]; more: boolean }>()
  for (const { forClient, id, ...row } of await readRows(pool, clientIds, bounds)) {
    const page = pages.get(forClient) ?? { rows: [], more: false }
    if (id === null) page.more = true
    else page.rows.push(readRow({ ...row, id }))
    pages.set(forClient, page)
  }
  return pages
}

function readRows(pool: Pool, clientIds: readonly string[], { limit, maxBytes }: Parameters<typeof readPages>[2]) {
  return pool.as('read pending').query(
    (sql, { pendingNotifications }) => sql<PageRow[]>`
      with asked as (
        select client_id from (${rowsOf(sql, clientIds)}) as asked (client_id)
      ), ranked as (
        select asked.client_id, oldest.*
        from asked
        cross join lateral (
          select id, octet_length(body) as size, row_number() over (order by created_at, id) as rank
          from ${pendingNotifications}
          where pending_notifications.client_id = asked.client_id and expires_at > now()
          order by created_at, id
          limit ${limit + 1}
        ) as oldest
      ), sized as materialized (
        select client_id, id, rank, sum(size) over (order by rank, client_id) - size as before from ranked
      ), locked as materialized (
        select id from ${pendingNotifications}
        where id in (select id from sized where rank <= ${limit} and before < ${maxBytes})
        order by id
        for update
      ), counted as (
        update ${pendingNotifications} set delivery_count = delivery_count + 1
        from locked
        where pending_notifications.id = locked.id
        returning pending_notifications.*
      )
      select sized.client_id as "forClient", page.*
      from sized
      left join (select ${columns(sql)} from counted) as page using (id)
      order by page."createdAtMs", page.id`,
  )
}
