import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { reasonOf } from '../../src/adapters/postgres/readiness.ts'
import { openTestPool, refusalOf } from '../support/pool.ts'
import { databaseEnv, type OwnServer, startPostgres, type TestDatabase } from '../support/postgres.ts'
import { type Answer, startWorldToStop } from '../support/world.ts'

/** A name that leads to one server after the other; connections that are open stay where they are. */
async function openName(t: Pick<Test, 'teardown'>, first: OwnServer) {
  let { port } = first
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.pipe(server).pipe(client)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => proxy.close(() => resolve()))
  })
  return {
    port: (proxy.address() as AddressInfo).port,
    leadTo(server: OwnServer) {
      port = server.port
    },
  }
}

/** Makes of a server the old primary after a failover: it answers, keeps its connections, and takes nothing any more. */
async function demote({ host, port, user, password, database }: TestDatabase): Promise<void> {
  const sql = postgres({ host, port, user, password, database, max: 1 })
  await sql`alter system set default_transaction_read_only = on`
  await sql`select pg_reload_conf()`
  await sql.end()
}

t.test('a pool whose server has become read-only asks the name again, and leaves every old connection', async (t) => {
  const [old, fresh] = [await startPostgres(t), await startPostgres(t)]
  const database = await old.migratedDatabase()
  const name = await openName(t, old)
  const pool = openTestPool(t, { ...database, port: name.port, max: 4 })
  const whichever = () =>
    pool.query((sql) => sql<{ port: number }[]>`select inet_server_port() as port, pg_sleep(0.02)`)
  const ports = async () => new Set((await Promise.all(Array.from({ length: 8 }, whichever))).map(([row]) => row?.port))
  const insert = () =>
    pool.query(
      (sql, { instances }) => sql`
        insert into ${instances} (id, address, queue_url, owns_queue, relay_key)
        values (gen_random_uuid(), 'a', 'q', false, 'k')`,
    )
  t.same(await ports(), new Set([old.port]))
  await insert()

  await demote(database)
  await until(async () => (await refusalOf(insert()).catch(() => null))?.cause.code === '25006')
  t.match(reasonOf(await pool.checkWhole().catch((error: unknown) => error)), /read-only/, 'readiness says why')

  // The same database, as replication would have brought it here.
  const copy = await fresh.migratedDatabase()
  const sql = postgres({ ...copy, database: 'postgres', max: 1, onnotice() {} })
  await sql.unsafe(`alter database ${copy.database} rename to ${database.database}`)
  await sql.end()
  t.same(await ports(), new Set([old.port]), 'the old server still answers readers')
  name.leadTo(fresh)
  await refusalOf(insert())
  await insert()
  t.same(await ports(), new Set([fresh.port]), 'nothing is read from the old server either')
})

const world = await startWorldToStop(t)

t.test('a service whose database fails over serves on, and its readiness tells', async (t) => {
  const [old, fresh] = [await startPostgres(t), await startPostgres(t)]
  const database = await old.migratedDatabase()
  const name = await openName(t, old)
  const service = await world.service(t, databaseEnv({ ...database, port: name.port }))
  await world.poll(service, 'alice', 'wait=0')
  await until(async () => (await world.readiness(service)).status === 200)

  const copy = await fresh.migratedDatabase()
  const sql = postgres({ ...copy, database: 'postgres', max: 1, onnotice() {} })
  await sql.unsafe(`alter database ${copy.database} rename to ${database.database}`)
  await sql.end()
  await demote(database)
  await until(async () => (await world.readiness(service)).status === 503)
  t.match(await world.readiness(service), { database: /read-only/ })
  t.equal((await world.poll(service, 'newcomer', 'wait=0')).status, 503)

  name.leadTo(fresh)
  await until(async () => (await world.poll(service, 'newcomer', 'wait=0')).status === 204)
  await until(async () => (await world.readiness(service)).status === 200)
  const held = world.poll(service, 'newcomer', 'wait=20')
  const id = await world.publish(service, 'newcomer', 'after the failover')
  t.match((await held).json<Answer>().notifications, [{ id }])
})
