import type { Setting, ValueOf } from './setting.ts'
import { settings } from './settings.ts'

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
      values[name] = parse(given)
    } catch (error) {
      const shown = isSecret(name, given) ? '' : `, got ${JSON.stringify(given)}`
      problems.push(`${name}: ${(error as Error).message}${shown}`)
    }
  }
  const config = values as Config
  problems.push(...missing(config, problems))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** Returns a line for each setting that another setting requires. */
function missing(config: Config, problems: readonly string[]): string[] {
  const wrong = new Set(problems.map((line) => line.slice(0, line.indexOf(':'))))
  const found: string[] = []
  const want = (met: unknown, name: keyof Table, advice: string): void => {
    if (!met && !wrong.has(name)) found.push(`${name}: ${advice}`)
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
  want(config.DB_CA_FILE === null || config.DB_TLS, 'DB_TLS', 'set it to true, since DB_CA_FILE is set')
  return found
}

/** Whether the value must not be shown on a terminal: secrets, and URLs that contain a password. */
function isSecret(name: string, given: string): boolean {
  return name === 'DB_PASSWORD' || name === 'CALLBACK_SECRET' || /\/\/[^/]*@/.test(given)
}
