import { list, oneOf, type SettingsTable, setting, wholeNumber } from './setting.ts'
import { databaseSettings } from './settings/database.ts'
import { httpSettings } from './settings/http.ts'
import { pollSettings } from './settings/polls.ts'
import { rateSettings } from './settings/rates.ts'
import { sqsSettings } from './settings/sqs.ts'
import { tokenSettings } from './settings/tokens.ts'
import { tracingSettings } from './settings/tracing.ts'
import { wakeUpSettings } from './settings/wake-ups.ts'

const aDay = 86_400

/** Every setting of the service. A test holds `.env.example` and the README to this table. */
export const settings = {
  NOTIFICATION_SERVICE_MODE: setting({
    about: '1: one SQS queue per instance, sessions in PostgreSQL. 2: one SQS queue per client, no database',
    parse: oneOf('1', '2'),
    fallback: '1',
  }),
  ...httpSettings,
  ...tokenSettings,
  ...pollSettings,
  ...rateSettings,
  ...sqsSettings,
  ...databaseSettings,
  PENDING_TTL_SECONDS: setting({
    about: 'how long a notification accepted over HTTP waits for its addressee, in seconds',
    parse: wholeNumber(60, 30 * aDay),
    fallback: 7 * aDay,
  }),
  RECEIPT_TTL_SECONDS: setting({
    about: 'mode 1: how long a receipt is kept after the end of its notification, in seconds',
    parse: wholeNumber(60, 30 * aDay),
    fallback: aDay,
  }),
  CALLBACK_SECRET: setting<readonly string[]>({
    about:
      'mode 2: secrets for callback ids and tickets, 32 characters or more, separated by commas; the first one seals',
    parse: secrets,
    fallback: [],
    fallbackText: 'registrations and tickets answer 501 in mode 2',
  }),
  ...wakeUpSettings,
  LOGGING_MODE: setting({
    about: 'DEVELOPMENT: human-readable. PRODUCTION: JSON lines. TEST: errors only',
    parse: oneOf('DEVELOPMENT', 'TEST', 'PRODUCTION'),
    fallback: 'DEVELOPMENT',
  }),
  LOG_LEVEL: setting<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | null>({
    about: 'minimum level that is logged: trace, debug, info, warn, error or fatal',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    fallback: null,
    fallbackText: 'info; error when LOGGING_MODE=TEST',
  }),
  ...tracingSettings,
} as const satisfies SettingsTable

function secrets(value: string): readonly string[] {
  const parts = list(value)
  if (parts.length === 0 || parts.some((part) => part.length < 32)) throw new Error('expected at least 32 characters')
  return parts
}
