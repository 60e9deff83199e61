import { readdir, readFile } from 'node:fs/promises'
import type postgres from 'postgres'
import { Refusal } from '../../delivery/refusal.ts'
import { openPool, type PoolOptions } from './pool.ts'

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

interface Applied {
  readonly version: number
  readonly name: string
  /** Whether this very call applied it. */
  readonly now: boolean
}

/** Waiting for another instance's migration included. */
const deadlineMs = 120_000
/** Any number, the same in every instance; the lock is the database's own. */
const lock = 7_261_026_001
const shipped = new URL('./migrations/', import.meta.url)

/**
 * Brings the database up to the newest migration we know: all of them or, when one fails, none.
 *
 * Everything is one call of several statements, which the server treats as one transaction. Instances that start at once
 * queue for the lock; it is the transaction's, so it is held until what it guards is committed, and never longer. What a
 * migration needs is decided inside, by `do` blocks, because nothing seen before the lock is still true after it.
 */
export async function migrate(
  options: PoolOptions,
  { folder = shipped }: { readonly folder?: URL } = {},
): Promise<void> {
  const migrations = await readMigrations(folder)
  const { log } = options
  // A connection of its own: a migration may take longer than the statements of the service are allowed to.
  const pool = openPool({ ...options, max: 1, statementTimeoutMs: deadlineMs })
  try {
    const results = await pool.query((sql) => sql.unsafe<Applied[]>(script(migrations)).simple(), deadlineMs)
    const newest = Math.max(0, ...migrations.map(({ version }) => version))
    // Several statements answer with a list of row lists, which the library's types do not say.
    for (const { version, name, now } of results.at(-1) as unknown as postgres.RowList<Applied[]>) {
      const fields = { version, migration: name }
      if (now) log.info(fields, 'migration applied')
      if (version > newest) log.warn(fields, 'the database has a migration that this release does not know')
    }
  } catch (error) {
    throw new Error('the database was not migrated', { cause: error instanceof Refusal ? error.cause : error })
  } finally {
    await pool.close()
  }
}

function script(migrations: readonly Migration[]): string {
  return `
    select pg_advisory_xact_lock(${lock});
    create table if not exists notification_service_migrations (
      version int primary key, name text not null, applied_at timestamptz not null default now()
    );
    ${migrations.map(once).join('\n')}
    select version, name, applied_at = now() as now from notification_service_migrations order by version;`
}

function once({ version, name, sql }: Migration): string {
  return `
    do $migration_${version}$ begin
      if not exists (select from notification_service_migrations where version = ${version}) then
        ${sql}
        insert into notification_service_migrations (version, name) values (${version}, '${name}');
      end if;
    end $migration_${version}$;`
}

/** Files named like `0001-instances-and-sessions.sql`, in order. Two with one number would hide each other. */
async function readMigrations(folder: URL): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(folder)).sort()) {
    const [, digits, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
    if (digits === undefined || name === undefined) throw new Error(`${file} is not named like a migration`)
    const version = Number(digits)
    if (migrations.at(-1)?.version === version) throw new Error(`two migrations have the number ${digits}`)
    migrations.push({ version, name, sql: await readFile(new URL(file, folder), 'utf8') })
  }
  return migrations
}
