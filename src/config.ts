import { contradictions } from './contradictions.ts'
import { databaseProblems } from './database.ts'
import type { Setting, ValueOf } from './setting.ts'
import { settings } from './settings.ts'
import { unknownSettings } from './unknown-settings.ts'

type Table = typeof settings
/** The values of all settings. */
export type Config = { readonly [Name in keyof Table]: ValueOf<Table[Name]> } & { readonly COGNITO_JWK_URL: string }

/** All faults of the environment; each line names the setting and says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The service cannot start with these settings:\n${problems.map((line) => `  ${line}`).join('\n')}`)
    this.problems = problems
  }
}

/** Reads all settings; throws one `ConfigError` that lists all faults. An empty value counts as not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, { parse, fallback }] of Object.entries<Setting<unknown>>(settings)) {
    const given = environment[name]?.trim()
    values[name] = fallback
    if (given === undefined || given === '') continue
    try {
      // Blanks at its ends belong to a password.
      values[name] = parse(name === 'DB_PASSWORD' ? (environment[name] ?? '') : given)
    } catch (error) {
      const shown = isSecret(name, given) ? '' : `, got ${JSON.stringify(given)}`
      problems.push(`${name}: ${(error as Error).message}${shown}`)
    }
  }
  const config = values as Config
  const wrong = new Set(problems.map(nameIn))
  const ofDatabase = () => [...databaseProblems(config), ...libpqProblems(environment)]
  const more = [
    ...missing(config),
    ...contradictions(config, environment),
    ...(config.NOTIFICATION_SERVICE_MODE === '1' ? ofDatabase() : []),
  ]
  problems.push(...more.filter((line) => !wrong.has(nameIn(line))))
  if (problems.length > 0) throw new ConfigError([...problems, ...misspelled(environment)])
  return config
}

/** Returns a line for each setting that another setting requires. */
function missing(config: Config): string[] {
  const found: string[] = []
  const want = (met: unknown, name: keyof Table, advice: string): void => {
    if (!met) found.push(`${name}: ${advice}`)
  }
  want(config.COGNITO_JWK_URL, 'COGNITO_JWK_URL', 'set it to the JWKS URL of your token issuer')
  if (config.NOTIFICATION_SERVICE_MODE === '2') {
    want(
      config.SQS_USER_QUEUE_BASE_URL,
      'SQS_USER_QUEUE_BASE_URL',
      "set it in mode 2; the URL of a client's queue is this URL, a dash, and the client id",
    )
  } else if (config.NOTIFICATION_SERVICE_CLIENT_ID !== null) {
    const advice = 'set it to the queue of this instance, since NOTIFICATION_SERVICE_CLIENT_ID is set'
    want(config.SQS_QUEUE_URL, 'SQS_QUEUE_URL', advice)
  } else if (config.SQS_QUEUE_URL === null) {
    const advice = 'set it to the beginning of the queue names, for example notifications'
    want(config.SQS_QUEUE_NAME_PREFIX, 'SQS_QUEUE_NAME_PREFIX', advice)
  }
  return found
}

/** Returns a line for each name that was perhaps meant for a setting: one of these may be the setting that is missing. */
function misspelled(environment: Readonly<Record<string, string | undefined>>): string[] {
  return unknownSettings(environment).flatMap(({ name, meant }) =>
    meant === null ? [] : [`${name}: there is no such setting; perhaps ${meant} is meant`],
  )
}

/** Returns the setting that a line is about. */
function nameIn(line: string): string {
  return line.slice(0, line.indexOf(':'))
}

/** The client library of PostgreSQL reads this variable of libpq and cannot be told not to. */
function libpqProblems({ PGTARGETSESSIONATTRS }: Readonly<Record<string, string | undefined>>): string[] {
  if (!PGTARGETSESSIONATTRS) return []
  return ['PGTARGETSESSIONATTRS: unset it; the service finds out by itself whether the server can be written to']
}

/** Whether the value must not be shown on a terminal: secrets, and URLs that contain a password. */
function isSecret(name: string, given: string): boolean {
  return (
    name === 'DB_PASSWORD' ||
    name === 'DATABASE_URL' ||
    name === 'CALLBACK_SECRET' ||
    name === 'VAPID_PRIVATE_KEY' ||
    name === 'WAKE_UP_WEBHOOK_URL' ||
    name === 'WAKE_UP_WEBHOOK_SECRET' ||
    name === 'OTEL_EXPORTER_OTLP_HEADERS' ||
    name === 'OTEL_EXPORTER_OTLP_TRACES_HEADERS' ||
    /\/\/[^/]*@/.test(given)
  )
}
