import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Pool } from '../../../src/adapters/postgres/pool.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { openTestPool, refusalOf } from '../../support/pool.ts'
import { type Owner, startPostgres } from '../../support/postgres.ts'

const server = await startPostgres(t)
const database = await server.emptyDatabase()

/** Errors and rejections that nobody caught. Node would end the process for each. */
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
process.on('uncaughtException', note)
process.on('unhandledRejection', note)
t.teardown(() => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
})

const open = (t: Owner, options: Partial<Parameters<typeof openTestPool>[1]> = {}) =>
  openTestPool(t, { ...database, ...options })

/** Queries until the database answers; returns how often the query was refused before. */
async function untilItAnswers(pool: Pool): Promise<number> {
  for (let refused = 0; ; refused++) {
    try {
      await pool.check()
      return refused
    } catch (error) {
      if (!(error instanceof Refusal) || refused === 200) throw error
      await pause(20)
    }
  }
}

t.test('backends that are terminated under load fail their queries and nothing else', async (t) => {
  const pool = open(t)
  const killer = openTestPool(t, { ...(await server.emptyDatabase()), max: 1 })
  let working = true
  let answered = 0
  let refused = 0
  const load = Array.from({ length: 30 }, async () => {
    while (working) {
      await pool
        .query((sql) => sql`select ${answered}::int, pg_sleep(0.002)`)
        .then(
          () => answered++,
          (error) => (error instanceof Refusal ? refused++ : note(error)),
        )
    }
  })
  let terminated = 0
  while (terminated < 150) {
    const { length } = await killer.query(
      (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database.database}`,
    )
    terminated += length
    await pause(5)
  }
  working = false
  await Promise.all(load)
  t.ok(answered > 0 && refused > 0, `${answered} answered, ${refused} refused`)
  await pool.check()
  t.same(uncaught, [])
})

t.test('no query fails on a connection that was lost while it was idle', async (t) => {
  const pool = open(t)
  await Promise.all(Array.from({ length: 10 }, () => pool.query((sql) => sql`select pg_sleep(0.01)`)))
  await server.stop()
  await server.start()
  await Promise.all(Array.from({ length: 10 }, () => pool.query((sql) => sql`select pg_sleep(0.01)`)))
  t.same(uncaught, [])
})

t.test('no query fails when idle connections are reset at the very moment of their next statement', async (t) => {
  const resetting = new Set<Socket>()
  const carried = new Set<Socket>()
  const proxy = createServer((socket) => {
    const onward = connect(database.port, database.host)
    carried.add(socket)
    for (const end of [socket, onward]) end.on('error', () => {})
    socket.on('data', (bytes) => (resetting.has(socket) ? socket.resetAndDestroy() : onward.write(bytes)))
    onward.pipe(socket)
    socket.once('close', () => {
      carried.delete(socket)
      onward.destroy()
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void proxy.close())
  const pool = open(t, { host: '127.0.0.1', port: (proxy.address() as AddressInfo).port })
  const tenAtOnce = () => Promise.all(Array.from({ length: 10 }, () => pool.query((sql) => sql`select pg_sleep(0.01)`)))
  await tenAtOnce()
  for (const socket of carried) resetting.add(socket)
  t.ok(resetting.size > 1, `${resetting.size} idle connections`)
  await pool.query((sql) => sql`select 1`)
  for (const socket of carried) resetting.add(socket)
  await tenAtOnce()
  t.same(uncaught, [])
})

t.test('a database that is killed under load is waited for, and then used again', async (t) => {
  const pool = open(t)
  let working = true
  const load = Array.from({ length: 30 }, async () => {
    while (working) {
      await pool
        .query((sql) => sql`select pg_sleep(0.002)`)
        .catch(async (error) => {
          if (error instanceof Refusal) await pause(5)
          else note(error)
        })
    }
  })
  for (let round = 0; round < 3; round++) {
    await untilItAnswers(pool)
    await server.kill()
    await refusalOf(pool.check())
    await server.start()
  }
  await untilItAnswers(pool)
  working = false
  await Promise.all(load)
  await Promise.all(Array.from({ length: 20 }, () => pool.check()))
  t.same(uncaught, [])
})

t.test('a database that stops answering refuses each query in time, and is used again when it answers', async (t) => {
  const pool = open(t, { max: 4 })
  await Promise.all(Array.from({ length: 4 }, () => pool.query((sql) => sql`select pg_sleep(0.01)`)))
  server.pause()
  for (let round = 0; round < 3; round++) {
    const refusals = await Promise.all(
      Array.from({ length: 20 }, () => refusalOf(pool.query((sql) => sql`select 1`, 100))),
    )
    for (const { cause } of refusals) t.equal(cause.message, 'no answer within 100 ms')
  }
  server.resume()
  await untilItAnswers(pool)
  await Promise.all(Array.from({ length: 20 }, () => pool.check()))
  t.same(uncaught, [])
})

t.test('a pool closes although its database does not answer', async (t) => {
  const pool = open(t)
  await pool.check()
  server.pause()
  const refused = refusalOf(pool.query((sql) => sql`select 1`, 100))
  await pool.close()
  await refused
  server.resume()
})

t.test('a server that is not a database refuses the query, and is not dialled without end', async (t) => {
  const ways: Record<string, (socket: Socket) => void> = {
    'closes at once': (socket) => socket.end(),
    'resets at once': (socket) => socket.resetAndDestroy(),
    'says nothing': () => {},
    'speaks HTTP': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  }
  for (const [way, answer] of Object.entries(ways)) {
    const sockets = new Set<Socket>()
    const impostor = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.resume()
      answer(socket)
    })
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
    const address = impostor.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    const pool = open(t, { port: address.port })
    await refusalOf(pool.query((sql) => sql`select 1`, 300))
    await pool.close()
    t.ok(sockets.size <= 2, `${way}: ${sockets.size} connections`)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => impostor.close(resolve))
  }
  t.same(uncaught, [])
})

t.test('a database that is not there, or refuses the login, refuses the query', async (t) => {
  const nobody = createServer()
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
  const address = nobody.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  await new Promise((resolve) => nobody.close(resolve))
  t.equal((await refusalOf(open(t, { port: address.port }).check())).cause.code, 'ECONNREFUSED')
  t.equal((await refusalOf(open(t, { host: 'nowhere.invalid' }).check())).code, 'ERROR_DB_UNEXPECTED_ERROR')
  t.equal((await refusalOf(open(t, { password: 'wrong' }).check())).cause.code, '28P01')
  t.equal((await refusalOf(open(t, { database: 'none' }).check())).cause.code, '3D000')
  t.same(uncaught, [])
})
