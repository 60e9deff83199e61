import type { Queries } from './connection.ts'

/** The database can never be used as it is: waiting does not help. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase'
}

/** A setting as `pg_settings` has it: numbers in milliseconds. */
interface Found {
  readonly name: string
  readonly setting: string
  /** Where the value comes from, such as `database` or `user`. */
  readonly source: string
}

/** The service waits so long for a statement. */
const statementMs = 3_000
/** `with … as materialized` came with it. */
const minVersion = 120_000

const notTooShort = ({ setting }: Found) =>
  Number(setting) > 0 && Number(setting) < statementMs ? `must be 0, or at least ${statementMs} ms` : null

/**
 * The settings that the service relies on and cannot ask for in a way that poolers accept: returns why a value is refused.
 * Of all other settings the statements are independent: they name their schema, encode bytes, and write times as numbers
 * (`search_path`, `bytea_output`, `DateStyle`, `TimeZone`, `IntervalStyle`, `extra_float_digits`); have no backslash in a
 * literal and no comparison with a literal null (`standard_conforming_strings`, `transform_null_equals`); match errors by
 * code (`lc_messages`); and are repeated where isolation is stricter than READ COMMITTED (`default_transaction_isolation`).
 */
const refused: Readonly<Record<string, (found: Found) => string | null>> = {
  server_version_num: ({ setting }) => (Number(setting) < minVersion ? 'PostgreSQL must be at least version 12' : null),
  // Databases with one of these encodings can store every text.
  server_encoding: ({ setting }) =>
    ['UTF8', 'SQL_ASCII'].includes(setting) ? null : 'the database must be created with encoding UTF8',
  // Asked for at the start of a connection; a pooler may have its own opinion.
  client_encoding: ({ setting }) => (setting === 'UTF8' ? null : 'must be UTF8'),
  // A server that is read-only for all, as after a failover, is waited for: it may become the primary.
  default_transaction_read_only: ({ setting, source }) =>
    setting === 'on' && ['database', 'user', 'database user', 'client', 'session'].includes(source)
      ? 'must be off'
      : null,
  // In replicas' mode, the sessions of an instance do not go with its row.
  session_replication_role: ({ setting }) => (setting === 'origin' ? null : 'must be origin'),
  statement_timeout: notTooShort,
  lock_timeout: notTooShort,
  transaction_timeout: notTooShort,
}

/** Rejects with an `UnfitDatabase` when a setting of the server, the database, the role or the pooler is refused. */
export async function refuseSettings({ query }: Queries): Promise<void> {
  const found = await query(
    (sql) => sql<Found[]>`
      select name, setting, source from pg_settings
      where name in (select jsonb_array_elements_text(${sql.json(Object.keys(refused))}))`,
  )
  const [path] = await query(
    (sql) => sql<{ isShadowed: boolean }[]>`
      select coalesce(bool_or(left(seen, 7) <> 'pg_temp'), false) as "isShadowed"
      from unnest(current_schemas(true)) with ordinality as schemas (seen, at)
      where at < array_position(current_schemas(true), 'pg_catalog')`,
  )
  const problems = found.flatMap((setting) => {
    const reason = refused[setting.name]?.(setting)
    return reason ? [`${setting.name} is ${setting.setting} (from: ${setting.source}), but ${reason}`] : []
  })
  if (path?.isShadowed) problems.push('search_path lists schemas before pg_catalog, which could replace its functions')
  if (problems.length > 0) throw new UnfitDatabase(`the database cannot be used as it is set: ${problems.join('; ')}`)
}
