import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type DatabaseShape,
  type PostgresServer as Server,
  startPostgresServer,
} from '../../scripts/stack/postgres-server.ts'
import { temporaryFolder } from '../../scripts/stack/temporary-folder.ts'
import type { DatabaseOptions } from '../../src/adapters/postgres/pool.ts'

/** A PostgreSQL server of a test's own, which it may stop, kill and pause. */
export interface PostgresServer extends Pick<Server, 'host' | 'port' | 'stop' | 'start' | 'kill' | 'pause' | 'resume'> {
  /** A new, empty database on this server. */
  freshDatabase(shape?: DatabaseShape): Promise<DatabaseOptions>
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

/** The test that a server goes with. */
export interface Owner {
  teardown(release: () => Promise<void>): unknown
}

/** The settings of the service that lead to this database. */
export function databaseEnv({ host, port, user, password, database }: DatabaseOptions): Record<string, string> {
  return { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database }
}

/** Starts a server, and removes it when the owner is torn down. */
export async function startPostgres(owner?: Owner): Promise<PostgresServer> {
  await using undo = new AsyncDisposableStack()
  const folder = undo.use(await temporaryFolder()).path
  const server = undo.use(await startPostgresServer(join(folder, 'postgres'), { wanted: [], durable: false }))
  const running = undo.move()
  const remove = () => running.disposeAsync()
  owner?.teardown(remove)
  const { host, port, user, password } = server
  return {
    ...server,
    async freshDatabase(shape) {
      const database = `test_${randomBytes(6).toString('hex')}`
      await server.createDatabase(database, shape)
      return { host, port, user, password, database, tls: false }
    },
    remove,
  }
}
