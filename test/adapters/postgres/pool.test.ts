import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openPool } from '../../../src/adapters/postgres/pool.ts'
import { openTestPool, refusalOf } from '../../support/pool.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)
const database = await server.emptyDatabase()

const open = (t: Owner, options: Partial<Parameters<typeof openTestPool>[1]> = {}) =>
  openTestPool(t, { ...database, ...options })

t.test('rows come with their types', async (t) => {
  const pool = open(t)
  const rows = await pool.query(
    (sql) => sql`
      select 1 as number, true as yes, null as nothing, now() as at, decode('00ff', 'hex') as bytes, id
      from jsonb_array_elements_text(${sql.json(['a', 'b'])}) as ids (id)`,
  )
  t.match(rows, [{ number: 1, yes: true, nothing: null, at: Date, bytes: Buffer.from([0, 255]), id: 'a' }, { id: 'b' }])
})

t.test('at most max connections are open, and further queries wait', async (t) => {
  const pool = open(t, { max: 3 })
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      pool.query(
        (sql) => sql<{ pid: number; i: number }[]>`select pg_backend_pid() as pid, ${i}::int as i, pg_sleep(0.01)`,
      ),
    ),
  )
  t.same(
    answers.map(([row]) => row?.i),
    Array.from({ length: 30 }, (_, i) => i),
  )
  t.equal(new Set(answers.map(([row]) => row?.pid)).size, 3)
})

t.test('a statement that the server refuses rejects with its cause, and its connection stays', async (t) => {
  const pool = open(t, { max: 1 })
  const [before] = await pool.query((sql) => sql`select pg_backend_pid() as pid`)
  const refusal = await refusalOf(pool.query((sql) => sql`select 1 / 0`))
  t.match(refusal, { code: 'ERROR_DB_UNEXPECTED_ERROR', status: 503, retryAfterSeconds: 1, cause: { code: '22012' } })
  const [after] = await pool.query((sql) => sql`select pg_backend_pid() as pid`)
  t.same(after, before)
  t.same(pool.sentences, [])
})

t.test('a query that takes too long is refused by its deadline, and ended at the server', async (t) => {
  const pool = open(t, { max: 1 })
  await pool.check()
  const { cause } = await refusalOf(pool.query((sql) => sql`select pg_sleep(4711)`, 50))
  t.equal(cause.message, 'no answer within 50 ms')
  const running = () => pool.query((sql) => sql`select pid from pg_stat_activity where query = 'select pg_sleep(4711)'`)
  while ((await running()).length > 0) await pause(10)
  t.same(pool.sentences, ['the database does not answer', 'the database answers again'])
})

t.test('a query that waits for a connection has the same deadline', async (t) => {
  const pool = open(t, { max: 1 })
  const long = refusalOf(pool.query((sql) => sql`select pg_sleep(60)`, 400))
  const { cause } = await refusalOf(pool.query((sql) => sql`select 1`, 50))
  t.equal(cause.message, 'no answer within 50 ms')
  await long
  await pool.check()
})

t.test('closing lets queries end, refuses new queries and leaves no connection', async (t) => {
  const pool = open(t)
  const last = pool.query((sql) => sql<{ done: boolean }[]>`select true as done, pg_sleep(0.1)`)
  const closed = pool.close()
  const refused = refusalOf(pool.check())
  t.match(await last, [{ done: true }])
  await closed
  t.equal((await refused).cause.message, 'the pool is closed')
  const other = open(t, { max: 1 })
  const others = () =>
    other.query(
      (sql) => sql`select pid from pg_stat_activity
        where datname = ${database.database} and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
  while ((await others()).length > 0) await pause(10)
})

t.test('a server that does not encrypt is refused when TLS is wanted', async (t) => {
  const { cause } = await refusalOf(open(t, { sslMode: 'verify-full' }).query((sql) => sql`select 1`, 500))
  t.ok(cause)
  t.throws(() =>
    openPool({ ...database, sslMode: 'verify-full', caFile: '/nowhere/ca.pem', log: { info() {}, warn() {} } }),
  )
})
