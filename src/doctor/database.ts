import { readMigrations, shippedMigrations } from '../adapters/postgres/migrations.ts'
import { refuseTables } from '../adapters/postgres/own-tables.ts'
import { openPool, type Pool } from '../adapters/postgres/pool.ts'
import { checkDatabase, reasonOf } from '../adapters/postgres/readiness.ts'
import { refuseSettings } from '../adapters/postgres/refused-settings.ts'
import type { Config } from '../config.ts'
import { databaseOf } from '../database.ts'
import { type Finding, messageOf, notesOf } from './finding.ts'

const { ok, warn, fail } = notesOf('database')
const silent = { info() {}, warn() {} }
/** The connections that an instance opens at most. */
const connectionsOfInstance = 15

/** Looks at the database without changing anything in it. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  const options = { ...databaseOf(config), log: silent }
  const place = `${options.host}:${options.port}/${options.database} as ${options.user}`
  const pool = openPool({ ...options, max: 1 })
  try {
    const version = await versionOf(pool)
    const findings = [ok(`${place} answers: PostgreSQL ${version}`)]
    findings.push(
      ...(await settingsOf(pool)),
      ...(await tablesOf(pool, config.DB_SCHEMA)),
      ...(await durabilityOf(pool, config.DB_ALLOW_LAZY_COMMIT)),
      ...(await connectionsOf(pool)),
    )
    return findings
  } catch (error) {
    const advice = 'see that the server runs, that this host reaches it, and that DB_* or DATABASE_URL are right'
    return [fail(`${place}: ${messageOf(error)}`, advice)]
  } finally {
    await pool.close()
  }
}

async function versionOf({ query }: Pool): Promise<string> {
  const [row] = await query((sql) => sql<{ version: string }[]>`select current_setting('server_version') as version`)
  return row?.version ?? 'of an unknown version'
}

/** The settings that the service relies on, as the server or a pooler in front of it has them. */
async function settingsOf(pool: Pool): Promise<Finding[]> {
  try {
    await refuseSettings(pool)
    return [ok('the server, and a pooler in front of it, have the settings that the service relies on')]
  } catch (error) {
    return [fail(messageOf(error), 'change it for the role or the database: alter role … set …, or at the pooler')]
  }
}

async function tablesOf(pool: Pool, schema: string): Promise<Finding[]> {
  const wanted = await readMigrations(shippedMigrations)
  const [found] = await pool.query(
    (sql) => sql<{ isMigrated: boolean; mayCreate: boolean }[]>`
      select
        to_regclass(${`"${schema}".notification_service_migrations`}) is not null as "isMigrated",
        coalesce(
          has_schema_privilege(to_regnamespace(${`"${schema}"`}), 'create'),
          has_database_privilege(current_database(), 'create')
        ) as "mayCreate"`,
  )
  const migrate = 'run npm run migrate once as a role that may create tables, or start an instance as that role'
  if (!found?.isMigrated) {
    const missing = `the schema ${schema} has no tables of the service yet`
    return [found?.mayCreate ? warn(missing, 'the first start makes them') : fail(missing, migrate)]
  }
  const applied = await pool.query(
    (sql) => sql<{ version: number }[]>`select version from ${sql(`${schema}.notification_service_migrations`)}`,
  )
  const known = new Set(applied.map(({ version }) => version))
  const missing = wanted.filter(({ version }) => !known.has(version)).map(({ name }) => name)
  const newest = Math.max(...wanted.map(({ version }) => version))
  if (missing.length > 0) {
    const text = `migrations are missing: ${missing.join(', ')}`
    return [found.mayCreate ? warn(text, 'the next start applies them') : fail(text, migrate)]
  }
  const findings: Finding[] = []
  if ([...known].some((version) => version > newest)) {
    findings.push(
      warn('the database has migrations of a newer release', 'finish the upgrade, or see that both may run'),
    )
  }
  try {
    await refuseTables(pool, schema)
    findings.push(ok(`the tables are in the schema ${schema}, and the role has its rights on them`))
  } catch (error) {
    findings.push(
      fail(messageOf(error), 'grant select, insert, update and delete on the tables, and usage on the schema'),
    )
  }
  return findings
}

async function durabilityOf(pool: Pool, allowLazyCommit: boolean): Promise<Finding[]> {
  try {
    await checkDatabase(pool, { allowLazyCommit, onReadOnly() {} })
    return [ok('the server can be written to, and keeps what it has committed')]
  } catch (error) {
    return [fail(reasonOf(error), 'connect to the primary, and switch these settings on')]
  }
}

async function connectionsOf(pool: Pool): Promise<Finding[]> {
  const [row] = await pool.query(
    (sql) => sql<{ ofServer: number; ofRole: number }[]>`
      select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "ofServer",
        coalesce((select rolconnlimit from pg_roles where rolname = current_user), -1) as "ofRole"`,
  )
  const { ofServer = 0, ofRole = -1 } = row ?? {}
  const allowed = ofRole < 0 ? ofServer : Math.min(ofServer, ofRole)
  const text = `the server takes ${allowed} connections of this role; an instance opens up to ${connectionsOfInstance}`
  return [
    allowed < connectionsOfInstance
      ? warn(text, 'raise max_connections or the limit of the role, or put a pooler in front')
      : ok(text),
  ]
}
