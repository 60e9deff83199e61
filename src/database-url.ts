/** The parts that a database URL gives; those that it leaves out are null. */
export interface DatabaseUrl {
  /** A name or an IP address, or the folder of a socket. */
  readonly host: string | null
  readonly port: number | null
  readonly user: string | null
  readonly password: string | null
  readonly database: string | null
  readonly sslMode: UrlSslMode | null
  readonly caFile: string | null
}

const urlSslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type UrlSslMode = Exclude<(typeof urlSslModes)[number], 'allow'>

const form =
  /^(?<scheme>[a-z+:]+):\/\/(?:(?<login>[^@/?#]*)@)?(?<server>[^/?#]*)(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/i
const serverForm = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d*))?$/

/** Parameters without an effect here, and values that are the behaviour anyway. */
const ignored: Readonly<Record<string, RegExp>> = {
  application_name: /^/,
  fallback_application_name: /^/,
  client_encoding: /^(?:utf-?8|auto)$/i,
  connect_timeout: /^/,
  gssencmode: /^(?:disable|prefer)$/,
  keepalives: /^/,
  keepalives_count: /^/,
  keepalives_idle: /^/,
  keepalives_interval: /^/,
  sslnegotiation: /^postgres$/,
  sslsni: /^1$/,
  target_session_attrs: /^(?:any|read-write|primary)$/,
  tcp_user_timeout: /^/,
}

/** The advice for parameters that are not supported. */
const advice: Readonly<Record<string, string>> = {
  options: 'poolers refuse it; DB_SCHEMA sets the schema',
  schema: 'set DB_SCHEMA',
  ssl: 'write sslmode=verify-full, or sslmode=require, which does not look at the certificate',
  currentSchema: 'set DB_SCHEMA',
  search_path: 'set DB_SCHEMA',
  sslcert: 'client certificates are not supported',
  sslkey: 'client certificates are not supported',
}

/**
 * Reads a connection URL of PostgreSQL like libpq: percent-encoding, a socket folder as host, and parameters in the
 * query. Throws an `Error` that names the part that is not understood, without secrets.
 */
export function readDatabaseUrl(text: string): DatabaseUrl {
  const { scheme = '', login, server = '', database, query = '' } = form.exec(text)?.groups ?? {}
  if (scheme !== 'postgres' && scheme !== 'postgresql') {
    throw new Error('expected postgresql://user:password@host:port/database, with other characters percent-encoded')
  }
  if (server.includes('@')) throw new Error('an @ in the user or the password must be written %40')
  if (server.includes(',')) throw new Error('expected one host: a name that leads to the primary, whichever that is')
  const { host = '', port = '' } = serverForm.exec(server)?.groups ?? {}
  if (server !== '' && host === '' && port === '') throw new Error('the host and the port are not understood')
  const at = login?.indexOf(':') ?? -1
  const parts: Record<string, string> = {
    host: decode(host.replace(/^\[|\]$/g, '')),
    port,
    user: decode(at === -1 ? (login ?? '') : (login ?? '').slice(0, at)),
    password: at === -1 ? '' : decode((login ?? '').slice(at + 1)),
    dbname: decode(database ?? ''),
  }
  const given = { ...parts, ...readQuery(query) }
  const { channel_binding = '' } = given
  // The word for it in drivers of Node and in Heroku's documentation.
  const sslmode = given.sslmode === 'no-verify' ? 'require' : (given.sslmode ?? '')
  if (sslmode !== '' && !urlSslModes.some((mode) => mode === sslmode))
    throw new Error(`sslmode ${sslmode} is not known`)
  // Both keep a server in between from reading along. The library cannot bind the channel, so it checks the
  // certificate.
  const binds = channel_binding === 'require'
  const mode = sslmode === 'allow' ? 'prefer' : sslmode
  const { sslrootcert = '' } = given
  const verifies = binds || mode === 'verify-full' || mode === 'verify-ca'
  // As in libpq, where the authorities of the system allow only the strictest mode, which they also imply.
  if (sslrootcert === 'system' && mode !== '' && mode !== 'verify-full') {
    throw new Error('sslrootcert=system needs sslmode=verify-full')
  }
  if (sslrootcert !== '' && sslrootcert !== 'system' && !verifies && mode !== 'require') {
    throw new Error('sslrootcert has no effect without sslmode=verify-full, verify-ca or require')
  }
  const isStrict = binds || sslrootcert === 'system'
  return {
    host: given.host || null,
    port: given.port ? readPort(given.port) : null,
    user: given.user || null,
    password: given.password || null,
    database: given.dbname || null,
    sslMode: isStrict ? 'verify-full' : ((mode || null) as UrlSslMode | null),
    caFile: sslrootcert !== '' && sslrootcert !== 'system' ? sslrootcert : null,
  }
}

const understood = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'channel_binding']

function readQuery(query: string): Record<string, string> {
  const given: Record<string, string> = {}
  for (const pair of query.split('&').filter((pair) => pair !== '')) {
    const equals = pair.indexOf('=')
    if (equals === -1) throw new Error('a parameter has no value')
    const name = decode(pair.slice(0, equals))
    const value = decode(pair.slice(equals + 1))
    if (understood.includes(name)) given[name] = value
    else if (!ignored[name]?.test(value)) {
      throw new Error(`the parameter ${name} is not supported, or not with this value: ${advice[name] ?? 'remove it'}`)
    }
  }
  return given
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new Error('the port is not a number from 1 to 65535')
  return port
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('a percent sign must be written %25')
  }
}
