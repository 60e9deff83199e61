import type postgres from 'postgres'

/** The tables of the service: the name in a statement, and the name in the database. */
const names = {
  instances: 'instances',
  sessions: 'sessions',
  registrations: 'registrations',
  pendingNotifications: 'pending_notifications',
  idempotencyKeys: 'idempotency_keys',
  tickets: 'tickets',
  receipts: 'receipts',
  wakeUps: 'wake_ups',
} as const

export type TableName = (typeof names)[keyof typeof names]
export const tableNames: readonly TableName[] = Object.values(names)

/**
 * The tables with their schema, for a statement: `select … from ${sessions}`. Their columns are called by the plain name
 * of the table. No statement relies on `search_path`, which belongs to the database, the role or the pooler.
 */
export type Tables = Readonly<Record<keyof typeof names, postgres.Helper<string>>>

/** A part of a statement. */
export type Fragment = ReturnType<postgres.Sql>

export function tablesIn(sql: postgres.Sql, schema: string): Tables {
  const qualified = (table: string) => sql(`${schema}.${table}`)
  return Object.fromEntries(Object.entries(names).map(([name, table]) => [name, qualified(table)])) as unknown as Tables
}

/**
 * A time as milliseconds since the Unix epoch; the library returns it as a string of digits. How PostgreSQL writes a
 * `timestamptz` depends on `DateStyle` and `TimeZone`, and a float on `extra_float_digits`.
 */
export const ms = (sql: postgres.Sql, time: Fragment) => sql`floor(extract(epoch from ${time}) * 1000)::bigint`

/** The same in microseconds, as exactly as PostgreSQL knows it. */
export const micros = (sql: postgres.Sql, time: Fragment) => sql`(extract(epoch from ${time}) * 1000000)::bigint`

/**
 * The texts as rows, for `in`. The limit tells the planner how many there are: it takes every list for a hundred rows
 * otherwise, and reads a whole table of some ten thousand rows to find one.
 */
export const rowsOf = (sql: postgres.Sql, texts: readonly string[]) =>
  sql`select jsonb_array_elements_text(${sql.json([...texts])}) limit ${texts.length}`

/** The same for ids of rows. */
export const idsOf = (sql: postgres.Sql, ids: readonly string[]) =>
  sql`select jsonb_array_elements_text(${sql.json([...ids])})::uuid limit ${ids.length}`
