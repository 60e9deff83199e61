import type { Pool } from './pool.ts'

/** A place in the table, in the order of its key. */
export interface Place {
  readonly clientId: string
  readonly deviceId: string
}

/**
 * Marks those of the next devices after this one whose client is absent and has something that it was not woken for. Returns
 * the last device looked at; null at the end of the table.
 */
export async function lookForMissed(pool: Pool, after: Place | null, limit: number): Promise<Place | null> {
  const { clientId, deviceId } = after ?? { clientId: '', deviceId: '' }
  const [last] = await pool.as('look for wake-ups').query(
    (sql, { wakeUps, pendingNotifications, sessions, instances }) => sql<(Place & { looked: number })[]>`
      with page as materialized (
        select client_id, device_id, due_at, marked_at from ${wakeUps}
        where (client_id, device_id) > (${clientId}::text, ${deviceId}::text)
        order by client_id, device_id
        limit ${limit}
      ), missed as materialized (
        select wake_ups.client_id, wake_ups.device_id from ${wakeUps} join page
          on wake_ups.client_id = page.client_id and wake_ups.device_id = page.device_id
        where page.due_at is null
          and exists (
            select from ${pendingNotifications}
            where pending_notifications.client_id = page.client_id and expires_at > now()
              and created_at > coalesce(page.marked_at, '-infinity') and created_at < now() - interval '5 seconds'
          )
          and not exists (
            select from ${sessions} join ${instances} on instances.id = sessions.instance_id
            where sessions.client_id = page.client_id and instances.dead_at is null
          )
        order by wake_ups.client_id, wake_ups.device_id
        for update of wake_ups
      ), marked as (
        update ${wakeUps} set marked_at = clock_timestamp(), due_at = greatest(now(), rest_until)
        from missed
        where wake_ups.client_id = missed.client_id and wake_ups.device_id = missed.device_id
      )
      select client_id as "clientId", device_id as "deviceId", count(*) over ()::int as looked
      from page
      order by client_id desc, device_id desc
      limit 1`,
  )
  if (last === undefined || last.looked < limit) return null
  return { clientId: last.clientId, deviceId: last.deviceId }
}
