import { oneOf, type SettingsTable, setting, text, wholeNumber, yesOrNo } from '../setting.ts'

/** The settings of PostgreSQL, for mode 1. */
export const databaseSettings = {
  DATABASE_URL: setting<string | null>({
    about: 'mode 1: postgresql:// URL of the database; the parts that it leaves out come from the DB_ settings',
    parse: text,
    fallback: null,
    fallbackText: '',
  }),
  DB_HOST: setting({
    about: 'PostgreSQL host (mode 1), or the folder of its socket',
    parse: text,
    fallback: 'localhost',
  }),
  DB_PORT: setting({ about: 'PostgreSQL port', parse: wholeNumber(1, 65_535), fallback: 5432 }),
  DB_USER: setting({ about: 'PostgreSQL user', parse: text, fallback: 'my_user' }),
  DB_PASSWORD: setting({ about: 'PostgreSQL password', parse: text, fallback: 'my_password' }),
  DB_PASSWORD_FILE: setting<string | null>({
    about: 'file with the password of PostgreSQL, instead of DB_PASSWORD; read again for every connection',
    parse: text,
    fallback: null,
    fallbackText: '',
  }),
  DB_AUTH: setting({
    about: 'password, or iam: a token of AWS IAM is the password of a database of RDS; needs DB_TLS=true',
    parse: oneOf('password', 'iam'),
    fallback: 'password',
  }),
  DB_NAME: setting({ about: 'PostgreSQL database', parse: text, fallback: 'message_service' }),
  DB_SCHEMA: setting({
    about: 'schema of the tables; created when it is missing',
    parse: schemaName,
    fallback: 'public',
  }),
  DB_ALLOW_LAZY_COMMIT: setting({
    about: 'be ready although fsync, full_page_writes or synchronous_commit is off and a crash can lose notifications',
    parse: yesOrNo,
    fallback: false,
  }),
  DB_TLS: setting({
    about: "connect to PostgreSQL with TLS and check the server's certificate",
    parse: yesOrNo,
    fallback: false,
  }),
  DB_CA_FILE: setting<string | null>({
    about: 'PEM file of the authority that signed the certificate of PostgreSQL; needs DB_TLS=true',
    parse: text,
    fallback: null,
    fallbackText: "the system's authorities",
  }),
} as const satisfies SettingsTable

/** A plain name of at most PostgreSQL's 63 characters. The names of PostgreSQL's own schemas begin with pg_. */
function schemaName(value: string): string {
  if (!/^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value)) {
    throw new Error('expected 1 to 63 letters, digits or underscores, not beginning with a digit or pg_')
  }
  return value
}
