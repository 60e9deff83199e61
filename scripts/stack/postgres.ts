import { createDatabase } from './postgres-databases.ts'
import { type PostgresOptions, type PostgresServer, startPostgresServer } from './postgres-server.ts'

/** The earlier service's default, so that a service started by hand only has to be told the port. */
const database = 'message_service'

/** A running PostgreSQL server with an empty or kept database. */
export interface Postgres
  extends AsyncDisposable,
    Pick<PostgresServer, 'pid' | 'port' | 'user' | 'password' | 'remark'> {
  readonly database: string
}

/** Starts PostgreSQL with its data in this folder, and with a database for the service. */
export async function startPostgres(folder: string, options: PostgresOptions): Promise<Postgres> {
  await using undo = new AsyncDisposableStack()
  const server = undo.use(await startPostgresServer(folder, options))
  await createDatabase(server, database)
  undo.move()
  return { ...server, database }
}
