import postgres from 'postgres'

/** How to reach a server as the owner of its databases. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** How a database begins: empty and in UTF-8 unless told. */
export interface DatabaseShape {
  readonly encoding?: string
  /** The database to copy; nobody may be connected to it. */
  readonly template?: string
}

/** Creates a database, unless it is there. */
export async function createDatabase(server: Connection, name: string, shape: DatabaseShape = {}): Promise<void> {
  const { encoding = 'UTF8', template = 'template0' } = shape
  await administer(server, async (sql) => {
    const [there] = await sql`select from pg_database where datname = ${name}`
    if (!there) await sql.unsafe(`create database ${name} encoding '${encoding}' template ${template}`)
  })
}

/** Removes databases, and ends the connections to them. */
export async function dropDatabases(server: Connection, names: readonly string[]): Promise<void> {
  await administer(server, async (sql) => {
    for (const name of names) await sql.unsafe(`drop database if exists ${name} with (force)`)
  })
}

async function administer(
  { host, port, user, password }: Connection,
  work: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const options = { host, port, user, password, database: 'postgres', max: 1, fetch_types: false, onnotice: () => {} }
  const sql = postgres(options)
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
