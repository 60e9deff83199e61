import postgres from 'postgres'
import { Refusal } from '../../delivery/refusal.ts'
import { type Migration, namesIn, readMigrations, shippedMigrations } from './migrations.ts'
import { earlierTable, refuseTables } from './own-tables.ts'
import { openPool, type Pool, type PoolOptions } from './pool.ts'
import { refuseSettings, UnfitDatabase } from './refused-settings.ts'

interface Applied {
  readonly version: number
  readonly name: string
  /** Whether this call applied it. */
  readonly now: boolean
}

/** Includes the wait for another instance's migration. */
const deadlineMs = 120_000
/** An arbitrary number, the same in every instance. */
const lock = 7_261_026_001
const journal = 'notification_service_migrations'

/**
 * Migrates the database to the newest version that this release knows: all steps or, when one fails, none. Nothing is
 * written, and no right to create is needed, when no step is missing. Rejects with an `UnfitDatabase` when the database
 * cannot be used as it is, and with the `Refusal` of the pool when it does not answer.
 */
export async function migrate(
  options: PoolOptions,
  { folder = shippedMigrations }: { readonly folder?: URL } = {},
): Promise<void> {
  const { log, schema = 'public' } = options
  const migrations = await readMigrations(folder)
  const newest = Math.max(0, ...migrations.map(({ version }) => version))
  const pool = openPool({ ...options, max: 1 })
  try {
    await refuseSettings(pool)
    let applied = await appliedIn(pool, schema)
    const known = new Set(applied.map(({ version }) => version))
    if (migrations.some(({ version }) => !known.has(version))) applied = await apply(pool, schema, migrations)
    for (const { version, name, now } of applied) {
      const fields = { version, migration: name }
      if (now) log.info(fields, 'migration applied')
      if (version > newest) log.warn(fields, 'the database has a migration that this release does not know')
    }
    const { hasEarlierTable } = await refuseTables(pool, schema)
    if (hasEarlierTable) {
      log.info({ table: earlierTable }, 'the table of the earlier service is left alone; no view of its name is made')
    }
  } finally {
    await pool.close()
  }
}

/** Returns the migrations that the database has; none when it was never migrated. */
async function appliedIn(pool: Pool, schema: string): Promise<readonly Applied[]> {
  const [found] = await pool.query(
    (sql) => sql`
      select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = ${schema} and relname = ${journal}`,
  )
  if (found === undefined) return []
  const rows = pool.query(
    (sql) => sql<Applied[]>`select version, name, false as now from ${sql(`${schema}.${journal}`)} order by version`,
  )
  return rows.catch(explain(schema))
}

/**
 * Applies the missing migrations. Everything is one call of several statements, which the server treats as one
 * transaction. Instances that start at once queue for the lock; it belongs to the transaction, so it is held until the
 * migration is committed, and never longer. Missing migrations are found inside, by `do` blocks, because nothing seen
 * before the lock is still true after it.
 */
async function apply(pool: Pool, schema: string, migrations: readonly Migration[]): Promise<readonly Applied[]> {
  const results = await pool
    .query((sql) => sql.unsafe<Applied[]>(script(schema, migrations)).simple(), deadlineMs)
    .catch(explain(schema))
  // Several statements have a list of row lists as their result, which the library's types do not say.
  return results.at(-1) as unknown as postgres.RowList<Applied[]>
}

/** The settings are those of the transaction; they outlive it on no connection, and hold whatever the role's are. */
function script(schema: string, migrations: readonly Migration[]): string {
  return `
    set transaction isolation level read committed;
    select set_config(name, value, true) from (values
      ('statement_timeout', '0'), ('lock_timeout', '0'), ('search_path', '"${schema}"'),
      ('standard_conforming_strings', 'on')
    ) as settings (name, value);
    select pg_advisory_xact_lock(${lock});
    do $schema$ begin
      if to_regnamespace('"${schema}"') is null then create schema "${schema}"; end if;
      if to_regclass('"${schema}".${journal}') is null then
        create table ${journal} (
          version int primary key, name text not null, applied_at timestamptz not null default now()
        );
      end if;
    end $schema$;
    ${migrations.map((migration) => once(schema, migration)).join('\n')}
    select version, name, applied_at = now() as now from ${journal} order by version;`
}

function once(schema: string, migration: Migration): string {
  const { version, name, sql } = migration
  const names = namesIn(migration).filter((taken) => taken !== earlierTable)
  return `
    do $migration_${version}$ begin
      if not exists (select from ${journal} where version = ${version}) then
        ${names.map((taken) => raiseWhenTaken(schema, taken)).join('\n')}
        ${sql}
        insert into ${journal} (version, name) values (${version}, '${name}');
      end if;
    end $migration_${version}$;`
}

const duplicateTable = '42P07'
const insufficientPrivilege = '42501'

function raiseWhenTaken(schema: string, name: string): string {
  const qualified = `'"${schema}"."${name}"'`
  return `
    if to_regclass(${qualified}) is not null or to_regtype(${qualified}) is not null then
      raise exception using errcode = '${duplicateTable}', table = '${name}', message = 'the name is taken';
    end if;`
}

/** Throws what an operator can do about a failed migration. */
function explain(schema: string): (error: unknown) => never {
  return (error) => {
    const cause = error instanceof Refusal ? error.cause : error
    if (!(cause instanceof postgres.PostgresError)) throw error
    if (cause.code === duplicateTable) {
      throw new UnfitDatabase(
        `${schema}.${cause.table_name} belongs to another application; set DB_SCHEMA to a schema for this service alone, such as notifications`,
        { cause },
      )
    }
    if (cause.code === insufficientPrivilege) {
      throw new UnfitDatabase(
        `the user of the database may not migrate the schema ${schema}; set DB_SCHEMA to the schema that is meant, give the user that right, or run "npm run migrate" once as a user that has it`,
        { cause },
      )
    }
    if (cause.code.startsWith('25') || cause.code.startsWith('57')) throw error
    throw new UnfitDatabase('the database was not migrated', { cause })
  }
}
