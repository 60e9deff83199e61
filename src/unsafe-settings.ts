import { isFolder } from './adapters/postgres/connection.ts'
import type { Config } from './config.ts'
import { databaseOf } from './database.ts'
import type { Log } from './delivery/ports.ts'
import { settings } from './settings.ts'

type Name = keyof typeof settings
type Environment = Readonly<Record<string, string | undefined>>

/** A setting that is unsafe in production, and a line for the log: what it means, and what to do. */
interface Unsafe {
  readonly setting: Name
  readonly sentence: string
}

/**
 * In production, logs a warning for each setting that is unsafe there. Without LOGGING_MODE, which then is DEVELOPMENT, a
 * single line tells of production; who sets LOGGING_MODE=DEVELOPMENT means it, and reads nothing. Claims of tokens that are
 * not checked are warned of elsewhere, in every mode.
 */
export function warnOfUnsafeSettings(log: Pick<Log, 'info' | 'warn'>, config: Config, environment: Environment): void {
  if (config.LOGGING_MODE === 'PRODUCTION') {
    for (const { setting, sentence } of unsafeSettings(config)) log.warn({ setting }, sentence)
  } else if (!environment.LOGGING_MODE?.trim()) {
    const unsafeInProduction = Array.from(unsafeSettings(config), ({ setting }) => setting)
    log.info({ unsafeInProduction }, developmentLine)
  }
}

const developmentLine =
  'LOGGING_MODE is not set, so log lines are for people; in production set LOGGING_MODE=PRODUCTION, for JSON lines and a warning for each unsafe setting'

/** Yields the settings that are unsafe in production, with the values that they have. */
export function* unsafeSettings(config: Config): Generator<Unsafe, void, undefined> {
  if (config.NOTIFICATION_SERVICE_MODE === '1') {
    yield* ofDatabase(config)
    yield* ofWakeUps(config)
  }
  if (isPlain(config.COGNITO_JWK_URL)) {
    yield {
      setting: 'COGNITO_JWK_URL',
      sentence:
        "the issuer's keys are fetched over http: anyone on the way can replace them and make tokens; use an https URL",
    }
  }
  if (config.PUBLIC_URL === null) {
    yield {
      setting: 'PUBLIC_URL',
      sentence:
        'PUBLIC_URL is not set: callback URLs name this instance alone, and end with it; set PUBLIC_URL to where callers reach the service',
    }
  } else if (isPlain(config.PUBLIC_URL)) {
    yield {
      setting: 'PUBLIC_URL',
      sentence:
        'PUBLIC_URL is http: tokens and callback URLs cross the network in the clear; put TLS in front and set PUBLIC_URL to the https URL',
    }
  }
  if (config.ADMIN_PORT === null) {
    yield {
      setting: 'ADMIN_PORT',
      sentence:
        'ADMIN_PORT is not set: /metrics and /docs are served to everyone who reaches PORT; set ADMIN_PORT, or keep them from outside',
    }
  }
}

function* ofDatabase(config: Config): Generator<Unsafe, void, undefined> {
  const { host, password, sslMode } = databaseOf(config)
  if (!isFolder(host) && password === settings.DB_PASSWORD.fallback) {
    yield {
      setting: 'DB_PASSWORD',
      sentence:
        'the password of PostgreSQL is the default, which everyone knows: change it there, and set DB_PASSWORD or DB_PASSWORD_FILE',
    }
  }
  if (!isFolder(host) && !isLoopback(host) && (sslMode === 'disable' || sslMode === 'prefer')) {
    yield {
      setting: 'DB_TLS',
      sentence:
        'PostgreSQL is on another host and TLS is off: its password and all notifications cross the network in the clear; set DB_TLS=true',
    }
  }
  if (config.DB_ALLOW_LAZY_COMMIT) {
    yield {
      setting: 'DB_ALLOW_LAZY_COMMIT',
      sentence:
        'DB_ALLOW_LAZY_COMMIT is true: the service does not look whether PostgreSQL keeps what it has committed after a crash',
    }
  }
}

function* ofWakeUps(config: Config): Generator<Unsafe, void, undefined> {
  if (config.WAKE_UP_PRIVATE_ADDRESSES) {
    yield {
      setting: 'WAKE_UP_PRIVATE_ADDRESSES',
      sentence:
        'WAKE_UP_PRIVATE_ADDRESSES is true: clients can make this instance send requests to every address that it reaches; unset it',
    }
  }
  if (config.WAKE_UP_WEBHOOK_URL !== null && isPlain(config.WAKE_UP_WEBHOOK_URL)) {
    yield {
      setting: 'WAKE_UP_WEBHOOK_URL',
      sentence:
        'WAKE_UP_WEBHOOK_URL is http: the tokens of devices cross the network in the clear; set it to an https URL',
    }
  }
}

/** Whether the URL is http, to a host that is not this one. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isLoopback(hostname)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^(127(\.\d+){3}|\[?::1\]?)$/.test(host)
}
