import { isFolder, type SslMode } from './adapters/postgres/connection.ts'
import { passwordInFile, rdsToken } from './adapters/postgres/password.ts'
import type { DatabaseOptions } from './adapters/postgres/pool.ts'
import { type DatabaseUrl, readDatabaseUrl } from './database-url.ts'
import type { ValueOf } from './setting.ts'
import { settings } from './settings.ts'

type Table = typeof settings
type Name = Extract<keyof Table, `DB_${string}` | 'DATABASE_URL'>
/** The settings of the database. */
type DatabaseSettings = { readonly [Setting in Name]: ValueOf<Table[Setting]> }

/** PostgreSQL's own bound for the path of a socket, which has the form `/folder/.s.PGSQL.65535`. */
const maxFolderLength = 107 - '/.s.PGSQL.65535'.length

const nothing: DatabaseUrl = {
  ...{ host: null, port: null, user: null, password: null, database: null, sslMode: null, caFile: null },
}

/** Returns where the database is, from settings that have no problems. */
export function databaseOf(given: DatabaseSettings): DatabaseOptions {
  const url = given.DATABASE_URL === null ? nothing : readDatabaseUrl(given.DATABASE_URL)
  const place = {
    host: url.host ?? given.DB_HOST,
    port: url.port ?? given.DB_PORT,
    user: url.user ?? given.DB_USER,
  }
  return {
    ...place,
    password: passwordOf(given, url, place),
    database: url.database ?? given.DB_NAME,
    schema: given.DB_SCHEMA,
    sslMode: sslModeOf(given, url),
    caFile: url.caFile ?? given.DB_CA_FILE,
  }
}

function passwordOf(given: DatabaseSettings, url: DatabaseUrl, place: { host: string; port: number; user: string }) {
  if (given.DB_AUTH === 'iam') return rdsToken(place)
  if (given.DB_PASSWORD_FILE !== null) return passwordInFile(given.DB_PASSWORD_FILE)
  return url.password ?? given.DB_PASSWORD
}

function sslModeOf({ DB_TLS }: DatabaseSettings, url: DatabaseUrl): SslMode {
  return url.sslMode ?? (DB_TLS ? 'verify-full' : 'disable')
}

/** Returns a line for each setting of the database that contradicts another one, or can never be right. */
export function databaseProblems(given: DatabaseSettings): string[] {
  let url = nothing
  try {
    if (given.DATABASE_URL !== null) url = readDatabaseUrl(given.DATABASE_URL)
  } catch (error) {
    return [`DATABASE_URL: ${(error as Error).message}`]
  }
  const problems: string[] = []
  const refuse = (isWrong: boolean, name: Name, advice: string): void => {
    if (isWrong) problems.push(`${name}: ${advice}`)
  }
  const isSet = (name: Name) => given[name] !== settings[name].fallback
  const contradicts = (name: Name, value: unknown) => value !== null && isSet(name) && given[name] !== value
  const pairs = [
    ['DB_HOST', url.host],
    ['DB_PORT', url.port],
    ['DB_USER', url.user],
    ['DB_PASSWORD', url.password],
    ['DB_PASSWORD_FILE', url.password],
    ['DB_NAME', url.database],
    ['DB_CA_FILE', url.caFile],
    ['DB_TLS', url.sslMode && url.sslMode === 'verify-full'],
  ] as const
  for (const [name, value] of pairs)
    refuse(contradicts(name, value), name, 'unset it, since DATABASE_URL says otherwise')

  const host = url.host ?? given.DB_HOST
  const hostName = url.host === null ? 'DB_HOST' : 'DATABASE_URL'
  const sslMode = sslModeOf(given, url)
  const tlsName = url.sslMode === null ? 'DB_TLS' : 'DATABASE_URL'
  const encrypts = sslMode !== 'disable' && sslMode !== 'prefer'
  const tooLong = `the path of the folder must have at most ${maxFolderLength} bytes`
  refuse(isFolder(host) && Buffer.byteLength(host) > maxFolderLength, hostName, tooLong)
  refuse(isFolder(host) && encrypts, tlsName, 'turn TLS off, since the host is the folder of a socket')
  refuse(given.DB_CA_FILE !== null && !encrypts, 'DB_TLS', 'set it to true, since DB_CA_FILE is set')
  refuse(
    isSet('DB_PASSWORD') && given.DB_PASSWORD_FILE !== null,
    'DB_PASSWORD',
    'unset it, since DB_PASSWORD_FILE is set',
  )
  if (given.DB_AUTH === 'iam') {
    refuse(!encrypts, tlsName, 'turn TLS on, since DB_AUTH=iam sends a token that is a password for 15 minutes')
    refuse(isFolder(host), hostName, 'set it to the host name of the RDS instance, since DB_AUTH is iam')
    refuse(isSet('DB_PASSWORD'), 'DB_PASSWORD', 'unset it, since DB_AUTH is iam')
    refuse(given.DB_PASSWORD_FILE !== null, 'DB_PASSWORD_FILE', 'unset it, since DB_AUTH is iam')
    refuse(url.password !== null, 'DATABASE_URL', 'remove the password, since DB_AUTH is iam')
  }
  return problems
}
