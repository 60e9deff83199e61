import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type Connection,
  createDatabase,
  type DatabaseShape,
  dropDatabases,
} from '../../scripts/stack/postgres-databases.ts'
import { type PostgresServer, startPostgresServer } from '../../scripts/stack/postgres-server.ts'
import { temporaryFolder } from '../../scripts/stack/temporary-folder.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import type { DatabaseOptions } from '../../src/adapters/postgres/pool.ts'
import { startPgbouncer } from './pgbouncer.ts'

/** A database of a test, and the login of its owner. */
export type TestDatabase = DatabaseOptions & {
  readonly password: string
  /** Where services reach it through a pooler; null where they reach it directly. */
  readonly poolerPort?: number | null
}

/** The databases of one server that belong to a test. */
export interface Databases extends Pick<PostgresServer, 'host' | 'port'> {
  /** Creates an empty database. */
  emptyDatabase(shape?: DatabaseShape): Promise<TestDatabase>
  /** Creates a database as a service leaves it after its first start: in UTF-8 a copy, which saves the migration. */
  migratedDatabase(shape?: Pick<DatabaseShape, 'encoding'>): Promise<TestDatabase>
}

/** A server of a test's own, which it may stop, kill and pause. */
export interface OwnServer
  extends Databases,
    Pick<PostgresServer, 'stop' | 'start' | 'kill' | 'pause' | 'resume'>,
    AsyncDisposable {}

/** The test that a server or its databases go with. */
export interface Owner {
  teardown(release: () => PromiseLike<void>): unknown
}

/** A server, and where its pooler is. */
type Server = Connection & { readonly poolerPort: number | null }

/** Whether the services of the tests reach their databases through PgBouncer: see `npm run test:pgbouncer`. */
export const isPooled = process.env.TEST_POOLER === 'pgbouncer'
/** Tells the processes of a run where the server is that they have in common. */
const sharedServer = 'TEST_POSTGRES'
/** The database that others are copied from. */
const template = 'migrated'
const quiet = { info() {}, warn() {} }

/** The settings of the service that lead to this database, whose server does not wait for its disk. */
export function databaseEnv({
  host,
  port,
  user,
  password,
  database,
  poolerPort,
}: TestDatabase): Record<string, string> {
  const place = {
    DB_HOST: host,
    DB_PORT: String(poolerPort ?? port),
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
  }
  return { ...place, DB_ALLOW_LAZY_COMMIT: 'true' }
}

/** Starts a server of the owner's own. */
export async function startPostgres(owner?: Owner): Promise<OwnServer> {
  await using undo = new AsyncDisposableStack()
  const { path } = undo.use(await temporaryFolder())
  const started = undo.use(await startPostgresServer(join(path, 'postgres'), { wanted: [], durable: false }))
  // PgBouncer tries a server that was away only every 15 s, which is longer than the tests wait for a recovery.
  const pooler = isPooled ? undo.use(await startPgbouncer(started, ['server_login_retry = 1'])) : null
  const server = { ...started, poolerPort: pooler?.port ?? null }
  const running = undo.move()
  const stop = () => running.disposeAsync()
  owner?.teardown(stop)
  return { ...server, ...databasesOf(server, () => makeTemplate(server)), [Symbol.asyncDispose]: stop }
}

/** Returns databases of the server that a run has in common; where there is none, of a server of the owner's own. */
export async function sharedPostgres(owner: Owner): Promise<Databases> {
  const shared = process.env[sharedServer]
  if (shared === undefined) return startPostgres(owner)
  const server = JSON.parse(shared) as Server
  const databases = databasesOf(server, async () => {})
  owner.teardown(() => dropDatabases(server, databases.names))
  return databases
}

/** Starts the server that a run has in common; `env` leads its processes there. */
export async function startSharedPostgres(): Promise<AsyncDisposable & { readonly env: Record<string, string> }> {
  const server = await startPostgres()
  const { host, port, user, password, poolerPort } = await server.migratedDatabase()
  const env = { [sharedServer]: JSON.stringify({ host, port, user, password, poolerPort }) }
  return { env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function databasesOf({ host, port, user, password, poolerPort }: Server, makeTemplate: () => Promise<void>) {
  const server = { host, port, user, password, poolerPort }
  const names: string[] = []
  let made: Promise<void> | undefined
  const create = async (shape?: DatabaseShape): Promise<TestDatabase> => {
    const database = `test_${randomBytes(6).toString('hex')}`
    names.push(database)
    await createDatabase(server, database, shape)
    return { ...server, database }
  }
  return {
    ...{ host, port, names },
    emptyDatabase: create,
    async migratedDatabase({ encoding }: Pick<DatabaseShape, 'encoding'> = {}) {
      if (encoding === undefined) {
        made ??= makeTemplate()
        await made
        return create({ template })
      }
      const database = await create({ encoding })
      await migrate({ ...database, log: quiet })
      return database
    },
  }
}

async function makeTemplate({ host, port, user, password }: Connection): Promise<void> {
  const database: TestDatabase = { host, port, user, password, database: template }
  await createDatabase(database, template)
  await migrate({ ...database, log: quiet })
}
