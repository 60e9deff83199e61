import t from 'tap'
import { type DatabaseUrl, readDatabaseUrl } from '../src/database-url.ts'

const nothing: DatabaseUrl = {
  ...{ host: null, port: null, user: null, password: null, database: null, sslMode: null, caFile: null },
}

t.test('a URL is read as libpq reads it', async (t) => {
  // Forms of the PostgreSQL manual ("Connection URIs"), and those that hosts of databases give out.
  const rows: Record<string, Partial<DatabaseUrl>> = {
    'postgresql://': {},
    'postgres://localhost': { host: 'localhost' },
    'postgresql://localhost:5433': { host: 'localhost', port: 5433 },
    'postgresql://localhost/mydb': { host: 'localhost', database: 'mydb' },
    'postgresql://user@localhost': { user: 'user', host: 'localhost' },
    'postgresql://user:secret@localhost': { user: 'user', password: 'secret', host: 'localhost' },
    'postgresql://user:p%40ss%2Fw%25rd%3A%23@h/db%20x': {
      ...{ user: 'user', password: 'p@ss/w%rd:#', host: 'h', database: 'db x' },
    },
    'postgresql://user:a:b=c@h/': { user: 'user', password: 'a:b=c', host: 'h' },
    'postgresql://[2001:db8::1234]:5432/database': { host: '2001:db8::1234', port: 5432, database: 'database' },
    'postgresql://%2Fvar%2Frun%2Fpostgresql/db': { host: '/var/run/postgresql', database: 'db' },
    'postgresql:///db?host=/var/run/postgresql&port=5433': { host: '/var/run/postgresql', port: 5433, database: 'db' },
    'postgresql:///?user=u&password=p%26q%3Dr&dbname=d&host=h': {
      user: 'u',
      password: 'p&q=r',
      database: 'd',
      host: 'h',
    },
    'postgres://u:p@ec2.compute.amazonaws.com:5432/d?sslmode=require': {
      ...{ user: 'u', password: 'p', host: 'ec2.compute.amazonaws.com', port: 5432, database: 'd', sslMode: 'require' },
    },
    'postgresql://u:p@ep.neon.tech/d?sslmode=require&channel_binding=require': {
      ...{ user: 'u', password: 'p', host: 'ep.neon.tech', database: 'd', sslMode: 'verify-full' },
    },
    'postgresql://h/d?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem': {
      ...{ host: 'h', database: 'd', sslMode: 'verify-ca', caFile: '/etc/ca.pem' },
    },
    'postgresql://h/d?sslmode=verify-full&sslrootcert=system': { host: 'h', database: 'd', sslMode: 'verify-full' },
    'postgresql://h/d?sslrootcert=system': { host: 'h', database: 'd', sslMode: 'verify-full' },
    'postgresql://h/d?sslmode=no-verify': { host: 'h', database: 'd', sslMode: 'require' },
    'postgresql://h?sslmode=allow': { host: 'h', sslMode: 'prefer' },
    'postgresql://h?connect_timeout=10&application_name=a&target_session_attrs=read-write&keepalives=1': { host: 'h' },
  }
  for (const [url, parts] of Object.entries(rows)) t.same(readDatabaseUrl(url), { ...nothing, ...parts }, url)
})

t.test('a URL that is not understood is refused with what is wrong, and without its password', async (t) => {
  const rows: Record<string, RegExp> = {
    'mysql://u:hunter2@h/d': /expected postgresql:/,
    'jdbc:postgresql://u:hunter2@h/d': /expected postgresql:/,
    'h:5432/d': /expected postgresql:/,
    'postgresql://u:hunter2@h1:5432,h2:5432/d': /one host/,
    'postgresql://u:hunter2@x@h/d': /written %40/,
    'postgresql://u:hunter2%@h/d': /written %25/,
    'postgresql://u:hunter2/x@h/d': /expected postgresql:/,
    'postgresql://u:hunter2/d': /the host and the port are not understood/,
    'postgresql://u:hunter2#x@h/d': /expected postgresql:/,
    'postgresql://h:0/d': /port/,
    'postgresql://h:65536/d': /port/,
    'postgresql://h/d?sslmode=yes': /sslmode/,
    'postgresql://h/d?sslmode=require&sslrootcert=system': /sslrootcert=system needs sslmode=verify-full/,
    'postgresql://h/d?sslrootcert=/etc/ca.pem': /sslrootcert has no effect without sslmode/,
    'postgresql://h/d?sslmode=disable&sslrootcert=/etc/ca.pem': /sslrootcert has no effect/,
    'postgresql://h/d?ssl=true': /ssl .*sslmode=verify-full/,
    'postgresql+psycopg2://u:hunter2@h/d': /expected postgresql:/,
    '"postgresql://u:hunter2@h/d"': /expected postgresql:/,
    'postgres://u:hunter2@h/d?connection_limit=5': /connection_limit .*remove it/,
    'postgresql://h/d?sslmode': /has no value/,
    'postgresql://h/d?options=-c%20search_path%3Dx': /options .*DB_SCHEMA/,
    'postgresql://h/d?schema=x': /schema .*DB_SCHEMA/,
    'postgresql://h/d?pgbouncer=true': /pgbouncer .*remove it/,
    'postgresql://h/d?target_session_attrs=standby': /target_session_attrs/,
    'postgresql://h/d?sslcert=/x': /client certificates/,
  }
  for (const [url, message] of Object.entries(rows)) {
    t.throws(() => readDatabaseUrl(url), { message })
    t.throws(() => readDatabaseUrl(url), { message: /^(?!.*hunter2)/ })
  }
})
