import type { Device, WakeUpKind } from '../../delivery/intake/wake-ups.ts'
import { lookForMissed, type Place } from './missed-wake-ups.ts'
import { PerKeyQueue } from './per-key-queue.ts'
import type { Pool } from './pool.ts'
import { micros, rowsOf } from './sql-parts.ts'

/** The maximum of devices of a client. */
const maxDevices = 10
/** The maximum of a client's calls in flight. */
const maxCallsPerClient = 40
/** A device gets at most one push in this time, however much is stored for its client. */
export const restSeconds = 30
/**
 * A push whose instance has ended meanwhile is made again after this time. It is longer than any push takes: those to one
 * host wait for each other, 256 in lanes of 16, each for up to 5 s.
 */
const claimSeconds = 120
/** Devices that were not put for so long are forgotten: their app is gone, or its user has signed out. */
const forgetAfterDays = 90

/** A device that this instance has claimed, and wakes now. */
export interface Claimed extends Device {
  /** Tells this claim from others of the same device. */
  readonly claim: string
  /** Names the occasion; the same at each attempt. */
  readonly occasion: string
  /** Failures in a row. */
  readonly failures: number
}

/** The outcome of waking a device: it was told, is gone for good, is told later, or cannot be told. */
export type WakeUpEnd =
  | { readonly kind: 'told' | 'gone' | 'refused' }
  /** Later, after a failure, or because it was not its turn: that is no failure of the device. */
  | { readonly kind: 'later' | 'put-off'; readonly afterSeconds: number }

/** The place in which something waits for an absent client. */
export type WaitingPlace = 'table' | 'queue'

/** The statements of the wake-ups table; each rejects with a `Refusal` when the database does not answer. */
export interface WakeUpsTable {
  /** Registers a device, or replaces the one of this name; false when the client has as many as it may. */
  put(device: Device): Promise<boolean>
  remove(clientId: string, deviceId: string): Promise<void>
  /**
   * Something waits for these clients, which are absent, in the table of notifications or in a queue: their devices are due,
   * those that rest when they have rested.
   */
  mark(clientIds: readonly string[], place: WaitingPlace): Promise<void>
  /** Returns those of these clients that have devices of these kinds. */
  withDevices(clientIds: readonly string[], kinds: readonly WakeUpKind[]): Promise<string[]>
  /**
   * Claims devices of these kinds that are due and whose client still has not fetched what it is to be woken for; no other
   * instance gets the same ones. A client that has connected meanwhile is looked at again half a minute later, in case its
   * instance ends without a word.
   */
  claim(kinds: readonly WakeUpKind[], limit: number): Promise<Claimed[]>
  /** Records how claims have ended. A device that was put anew meanwhile stays. */
  settle(ends: readonly (readonly [Claimed, WakeUpEnd])[]): Promise<void>
  /**
   * Marks those of the next devices after this one whose client is absent and has something that it was not woken for, since
   * some seconds: its instance may be about to do that. Returns the last device looked at; null at the end of the table.
   */
  look(after: Place | null, limit: number): Promise<Place | null>
  /** Forgets devices that were not put for long, at most so many; returns how many. */
  forget(limit: number): Promise<number>
}

/**
 * The devices to wake. A device is due at `due_at`. A claim moves that on by two minutes, so that a push whose instance ends is
 * made again; its end clears it, unless something was stored meanwhile, which moves it too. Rows are locked in the order of
 * their key, or without waiting, so that statements never deadlock.
 */
export function createWakeUpsTable({ pool }: { readonly pool: Pool }): WakeUpsTable {
  // One at a time per client: concurrent statements would not see each other, and exceed the bound together.
  const perClient = new PerKeyQueue(maxCallsPerClient)
  return {
    put({ clientId, deviceId, kind, target }) {
      return perClient.run(clientId, async () => {
        const rows = await pool.as('put wake-up').query(
          (sql, { wakeUps }) => sql`
            insert into ${wakeUps} as was (client_id, device_id, kind, target)
            select ${clientId}::text, ${deviceId}::text, ${kind}::text, ${target}::text
            where (
              select count(*) from ${wakeUps} as other
              where other.client_id = ${clientId} and other.device_id <> ${deviceId}
            ) < ${maxDevices}::int
            on conflict (client_id, device_id) do update set
              kind = excluded.kind, target = excluded.target, refreshed_at = now(),
              failures = case when was.target = excluded.target then was.failures else 0 end
            returning device_id`,
        )
        return rows.length === 1
      })
    },

    remove(clientId, deviceId) {
      return perClient.run(clientId, async () => {
        await pool.as('remove wake-up').query(
          (sql, { wakeUps }) => sql`
            delete from ${wakeUps} where client_id = ${clientId} and device_id = ${deviceId}`,
        )
      })
    },

    async mark(clientIds, place) {
      await pool.as('mark wake-ups').query(
        (sql, { wakeUps }) => sql`
          with locked as materialized (
            select client_id, device_id from ${wakeUps}
            where client_id in (${rowsOf(sql, clientIds)})
            order by client_id, device_id
            for update
          )
          update ${wakeUps} set
            marked_at = clock_timestamp(), due_at = greatest(now(), rest_until),
            in_queue = in_queue or ${place === 'queue'}
          from locked
          where wake_ups.client_id = locked.client_id and wake_ups.device_id = locked.device_id`,
      )
    },

    async withDevices(clientIds, kinds) {
      const rows = await pool.as('find devices').query(
        (sql, { wakeUps }) => sql<{ clientId: string }[]>`
          select distinct client_id as "clientId" from ${wakeUps}
          where client_id in (${rowsOf(sql, clientIds)})
            and kind in (select jsonb_array_elements_text(${sql.json([...kinds])}))`,
      )
      return rows.map(({ clientId }) => clientId)
    },

    async claim(kinds, limit) {
      return pool.as('claim wake-ups').query(
        (sql, { wakeUps, pendingNotifications, sessions, instances }) => sql<Claimed[]>`
          with due as materialized (
            select client_id, device_id, marked_at, in_queue, exists (
              select from ${pendingNotifications}
              where pending_notifications.client_id = wake_ups.client_id
                and created_at <= marked_at and expires_at > now()
            ) as is_stored, (
              select connected_at from ${sessions} join ${instances} on instances.id = sessions.instance_id
              where sessions.client_id = wake_ups.client_id and instances.dead_at is null
            ) as connected_at
            from ${wakeUps}
            where due_at <= now() and kind in (select jsonb_array_elements_text(${sql.json([...kinds])}))
            order by due_at
            limit ${limit}
            for update of wake_ups skip locked
          ), judged as materialized (
            -- A client that has connected since gets everything, and is woken when its session ends if something still waits.
            select
              client_id, device_id, is_stored and connected_at > marked_at as has_come,
              is_stored and (connected_at is null or connected_at <= marked_at)
                or in_queue and connected_at is null as waits
            from due
          ), claimed as (
            update ${wakeUps} set
              due_at = case
                when waits then now() + make_interval(secs => ${claimSeconds})
                when has_come then now() + make_interval(secs => ${restSeconds})
              end,
              rest_until = case when waits then now() + make_interval(secs => ${restSeconds}) else rest_until end,
              in_queue = in_queue and waits
            from judged
            where wake_ups.client_id = judged.client_id and wake_ups.device_id = judged.device_id
            returning wake_ups.*, waits
          )
          select
            client_id as "clientId", device_id as "deviceId", kind, target, failures,
            ${micros(sql, sql`due_at`)}::text as claim, ${micros(sql, sql`marked_at`)}::text as occasion
          from claimed where waits`,
      )
    },

    async settle(ends) {
      const given = ends.map(([{ clientId, deviceId, target, claim }, end]) => ({
        ...{ client_id: clientId, device_id: deviceId, target, claim, outcome: end.kind },
        after_seconds: 'afterSeconds' in end ? end.afterSeconds : 0,
      }))
      await pool.as('settle wake-ups').query(
        (sql, { wakeUps }) => sql`
          with given as materialized (
            select * from jsonb_to_recordset(${sql.json(given)}) as given (
              client_id text, device_id text, target text, claim text, outcome text, after_seconds int
            )
          ), locked as materialized (
            select
              wake_ups.client_id, wake_ups.device_id, outcome, after_seconds,
              ${micros(sql, sql`due_at`)}::text is not distinct from claim as unchanged
            from ${wakeUps} join given
              on wake_ups.client_id = given.client_id and wake_ups.device_id = given.device_id
                and wake_ups.target = given.target
            order by wake_ups.client_id, wake_ups.device_id
            for update of wake_ups
          ), gone as (
            delete from ${wakeUps} using locked
            where wake_ups.client_id = locked.client_id and wake_ups.device_id = locked.device_id and outcome = 'gone'
          )
          update ${wakeUps} set
            failures = case outcome when 'told' then 0 when 'put-off' then failures else failures + 1 end,
            rest_until = case when outcome in ('later', 'put-off') then greatest(rest_until, now() + make_interval(secs => after_seconds))
              else rest_until end,
            due_at = case when outcome in ('later', 'put-off') then now() + make_interval(secs => after_seconds)
              when unchanged then null else due_at end,
            in_queue = in_queue and (outcome in ('later', 'put-off') or not unchanged)
          from locked
          where wake_ups.client_id = locked.client_id and wake_ups.device_id = locked.device_id and outcome <> 'gone'`,
      )
    },

    look: (after, limit) => lookForMissed(pool, after, limit),

    async forget(limit) {
      const rows = await pool.as('forget wake-ups').query(
        (sql, { wakeUps }) => sql`
          delete from ${wakeUps} where (client_id, device_id) in (
            select client_id, device_id from ${wakeUps}
            where refreshed_at <= now() - make_interval(days => ${forgetAfterDays})
            limit ${limit}
            for update skip locked
          )
          returning 1`,
      )
      return rows.length
    },
  }
}
