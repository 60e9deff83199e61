import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { DatabaseOptions } from '../../../src/adapters/postgres/pool.ts'
import { openTestPool, refusalOf } from '../../support/pool.ts'
import { sharedPostgres } from '../../support/postgres.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const server = await sharedPostgres(t)
const database = await server.emptyDatabase()
const folder = await temporaryFolder(t)
const ca = join(folder, 'certificate.pem')
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'key.pem'), '-out', ca],
  ],
  { stdio: 'ignore' },
)

/** A server in front of PostgreSQL that speaks TLS, and what clients have called it. As hosts do that route by name. */
async function tlsFront(t: Test) {
  const names: string[] = []
  const secureContext = createSecureContext({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(ca) })
  const front = createServer((client) => {
    client.on('error', () => {})
    client.once('data', () => {
      client.write('S')
      const secure = new TLSSocket(client, {
        isServer: true,
        secureContext,
        SNICallback(name, answer) {
          names.push(name)
          answer(null, secureContext)
        },
      })
      const back = connect(database.port, '127.0.0.1')
      for (const socket of [secure, back]) socket.on('error', () => {})
      secure.pipe(back).pipe(secure)
      client.on('close', () => back.destroy())
    })
  })
  front.listen(0, 'localhost')
  await once(front, 'listening')
  t.teardown(() => new Promise<void>((resolve) => front.close(() => resolve())))
  return { names, port: (front.address() as AddressInfo).port }
}

const isReached = async (t: Test, options: Partial<DatabaseOptions>) => {
  const [row] = await openTestPool(t, { ...database, ...options }).query(
    (sql) => sql<{ one: number }[]>`select 1 as one`,
  )
  return row?.one === 1
}

t.test('a server that is reached over TLS is told the name by which it is called', async (t) => {
  for (const sslMode of ['verify-full', 'verify-ca', 'require', 'prefer'] as const) {
    const { names, port } = await tlsFront(t)
    const caFile = sslMode.startsWith('verify') ? ca : null
    t.ok(await isReached(t, { host: 'localhost', port, sslMode, caFile }), sslMode)
    t.same(names, ['localhost'])
  }
})

t.test('a certificate is verified as far as was asked', async (t) => {
  const { port } = await tlsFront(t)
  const refuses = async (host: string, sslMode: 'verify-full' | 'verify-ca' | 'require', caFile: string | null) => {
    const pool = openTestPool(t, { ...database, host, port, sslMode, caFile })
    return (await refusalOf(pool.query((sql) => sql`select 1`))).cause.code
  }
  t.equal(await refuses('localhost', 'verify-full', null), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  t.equal(await refuses('localhost', 'verify-ca', null), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  const { address } = await addressOf('localhost')
  t.equal(await refuses(address, 'verify-full', ca), 'ERR_TLS_CERT_ALTNAME_INVALID')
  t.ok(await isReached(t, { host: address, port, sslMode: 'verify-ca', caFile: ca }), 'the name does not count here')
  t.ok(await isReached(t, { host: address, port, sslMode: 'require' }), 'neither counts here')
})

t.test('a file of authorities that holds no certificate is refused by the name of its setting', async (t) => {
  for (const caFile of [join(folder, 'key.pem'), join(folder, 'none.pem'), folder]) {
    t.throws(() => openTestPool(t, { ...database, sslMode: 'verify-full', caFile }), {
      name: 'UnfitDatabase',
      message: /DB_CA_FILE/,
    })
  }
})

t.test('a server that does not encrypt is used with prefer, and refused otherwise', async (t) => {
  t.ok(await isReached(t, { sslMode: 'prefer' }))
  const pool = openTestPool(t, { ...database, sslMode: 'require' })
  await refusalOf(pool.query((sql) => sql`select 1`))
})

t.test('a folder as host leads to the socket in it', async (t) => {
  const socket = join(folder, `.s.PGSQL.${database.port}`)
  const front = createServer((client) => {
    const back = connect(database.port, '127.0.0.1')
    for (const socket of [client, back]) socket.on('error', () => {})
    client.pipe(back).pipe(client)
  })
  front.listen(socket)
  await once(front, 'listening')
  t.teardown(() => new Promise<void>((resolve) => front.close(() => resolve())))
  t.ok(await isReached(t, { host: folder, sslMode: 'disable' }))
  t.equal((await refusalOf(isReached(t, { host: join(folder, 'none') }))).cause.code, 'ENOENT')
})

t.test(
  'the password is asked for at every connection, and one that cannot be had fails the statement alone',
  async (t) => {
    const passwords = [
      Promise.resolve(database.password),
      Promise.resolve('wrong'),
      Promise.reject(new Error('no such file')),
    ]
    for (const password of passwords) password.catch(() => {})
    let asked = 0
    const password = () => passwords[asked++] ?? Promise.resolve(database.password)
    const pool = openTestPool(t, { ...database, password, max: 1 })
    const killer = openTestPool(t, { ...database, max: 1 })
    const [own] = await pool.query((sql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid`)
    await killer.query((sql) => sql`select pg_terminate_backend(${own?.pid ?? 0}::int)`)
    t.equal((await refusalOf(pool.query((sql) => sql`select 1`))).cause.code, '28P01')
    t.equal((await refusalOf(pool.query((sql) => sql`select 1`))).cause.message, 'no such file')
    t.ok(await pool.query((sql) => sql`select 1`), 'the next connection has it again')
    t.equal(asked, 4)
  },
)

async function addressOf(name: string): Promise<AddressInfo> {
  const probe = createServer().listen(0, name)
  await once(probe, 'listening')
  const address = probe.address() as AddressInfo
  probe.close()
  return address
}
