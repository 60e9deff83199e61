import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { playRound } from '../field/database-round.ts'
import { sharedPostgres, type TestDatabase } from '../support/postgres.ts'

const server = await sharedPostgres(t)
const log = { info() {}, warn() {} }
const file = (name: string) => readFileSync(new URL(`../../docs/deployment/postgres/${name}`, import.meta.url), 'utf8')

/** Runs `npm run migrate` with the settings of this database. */
function command({ host, port, user, password, database, schema }: TestDatabase & { readonly schema: string }) {
  const settings = { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database }
  const env = { PATH: process.env.PATH, ...settings, DB_SCHEMA: schema, LOGGING_MODE: 'PRODUCTION' }
  return promisify(execFile)(process.execPath, [fileURLToPath(new URL('../../src/migrate.ts', import.meta.url))], {
    env,
  })
}

/** Connects to the database until the test is over. */
function connect(t: Test, { host, port, user, password, database }: TestDatabase) {
  const sql = postgres({ host, port, user, password, database, max: 1, onnotice() {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

t.test(
  'with the roles of the files the owner migrates, the service needs rows only, and the reader sees no secret',
  async (t) => {
    const database = await server.emptyDatabase()
    const admin = connect(t, database)
    // Roles belong to the whole server, which other tests use as well.
    const own = (name: string) => `${database.database}_${name}`
    const run = (sql: string) => admin.unsafe(sql.replaceAll(/\bnotifications_(owner|service|reader)\b/g, own('$1')))
    t.teardown(() =>
      ['owner', 'service', 'reader']
        .reduce(
          (done, name) =>
            done.then(() => run(`drop owned by notifications_${name} cascade; drop role notifications_${name}`)),
          Promise.resolve() as Promise<unknown>,
        )
        .then(() => {}),
    )
    await run(file('roles.sql'))
    for (const role of ['owner', 'service', 'reader']) await run(`alter role notifications_${role} password 'secret'`)
    const as = (role: string) => ({ ...database, user: own(role), password: 'secret', schema: 'notifications' })

    await t.rejects(command(as('service')), { code: 1, stdout: /may not migrate the schema notifications/ })
    await t.rejects(migrate({ ...as('service'), log }), /may not migrate the schema notifications/)
    const { stdout } = await command(as('owner'))
    t.match(stdout, 'the database is up to date')
    await run(file('reader.sql'))
    await migrate({ ...as('service'), log })
    await playRound(t, as('service'))

    const [service, reader] = [connect(t, as('service')), connect(t, as('reader'))]
    const refused = { code: '42501' }
    await t.rejects(service`create table notifications.another (id int)`, refused)
    await t.rejects(service`alter table notifications.sessions add column another int`, refused)
    await t.rejects(service`truncate notifications.sessions`, refused)
    await t.resolves(reader`select * from notifications.notifier_instances`)
    await t.resolves(
      reader`select client_id, queue_url from notifications.sessions join notifications.instances on id = instance_id`,
    )
    for (const statement of [
      'select relay_key from notifications.instances',
      'select * from notifications.pending_notifications',
      'select * from notifications.registrations',
      'select * from notifications.tickets',
      'select * from notifications.wake_ups',
      'delete from notifications.sessions',
    ]) {
      await t.rejects(reader.unsafe(statement), refused, statement)
    }
  },
)
