import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import t from 'tap'
import { openGatewayStore } from '../../support/gateway.ts'
import { openTestPool, refusalOf } from '../../support/pool.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)

/** Letters of the messages whose answers a client waits for. */
const awaited = { flush: 'H', sync: 'S' }

/** Passes everything on to the database server, and notes the letters of what clients send once they are logged in. */
async function listeningProxy(t: Owner, targetPort: number) {
  const letters: string[] = []
  const proxy = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    let isReady = false
    let rest = Buffer.alloc(0)
    client.on('data', (bytes) => {
      upstream.write(bytes)
      if (!isReady) return
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        letters.push(String.fromCharCode(rest[0] as number))
        rest = rest.subarray(1 + rest.readUInt32BE(1))
      }
    })
    upstream.on('data', (bytes) => {
      // ReadyForQuery has six bytes, and is the last that a server says.
      isReady ||= bytes.at(-6) === 'Z'.charCodeAt(0)
      client.write(bytes)
    })
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => new Promise<void>((resolve) => proxy.close(() => resolve())))
  return { letters, port: (proxy.address() as AddressInfo).port }
}

t.test('a statement with parameters takes one round trip', async (t) => {
  const database = await server.emptyDatabase()
  const { letters, port } = await listeningProxy(t, database.port)
  const pool = openTestPool(t, { ...database, host: '127.0.0.1', port, max: 1 })
  await pool.query((sql) => sql`select 1`)
  letters.length = 0
  await pool.query((sql) => sql`select ${'a'}::text, ${1}::int`)
  await refusalOf(pool.query((sql) => sql`select ${'a'}::int`))
  await pool.query((sql) => sql`select ${sql.json({ a: [1] })}::jsonb`)
  t.equal(letters.join(''), 'PDBES'.repeat(3))
})

t.test('a lone publication takes one round trip', async (t) => {
  const database = await server.migratedDatabase()
  const { letters, port } = await listeningProxy(t, database.port)
  const store = await openGatewayStore(server, t, { database: { ...database, host: '127.0.0.1', port } })
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  const publish = () =>
    store.publishing.insert({ ...nothing, addressee: 'alice', subject: 's', body: 'b', ttlSeconds: 60 })
  await publish()
  letters.length = 0
  t.equal((await publish()).kind, 'stored')
  t.same(
    letters.filter((letter) => letter === awaited.flush || letter === awaited.sync),
    [awaited.sync],
  )
})

t.test('values of each kind arrive as they were given', async (t) => {
  const pool = openTestPool(t, await server.emptyDatabase())
  const text = 'ä"\\\'{},null 🙂'
  const json = { text, none: null, list: [1, 'b'] }
  const [row] = await pool.query(
    (sql) => sql`
      select
        ${text} as text, ${7}::int as whole, ${0.5}::float8 as float, ${true} as yes, ${null}::text as none,
        ${new Date(86_400_000)} = '1970-01-02 00:00:00Z' as "isDate", ${sql.json(json)} as json,
        ${'00000000-0000-0000-0000-000000000001'}::uuid as id`,
  )
  t.same(row, {
    ...{ text, whole: 7, float: 0.5, yes: true, none: null, isDate: true, json },
    id: '00000000-0000-0000-0000-000000000001',
  })
})
