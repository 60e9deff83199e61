import { publicKeyTo } from './adapters/push/vapid.ts'
import type { ValueOf } from './setting.ts'
import type { wakeUpSettings } from './settings/wake-ups.ts'

type Table = typeof wakeUpSettings
type Values = { readonly [Name in keyof Table]: ValueOf<Table[Name]> } & { readonly PUBLIC_URL: string | null }

/** Yields the settings of wake-ups that need another one, or do not fit it, each with what to do. */
export function* wakeUpProblems(given: Values): Generator<readonly [name: keyof Table, advice: string]> {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = given
  if (publicKey !== null && privateKey === null) yield ['VAPID_PRIVATE_KEY', 'set it, since VAPID_PUBLIC_KEY is set']
  if (publicKey === null && privateKey !== null) yield ['VAPID_PUBLIC_KEY', 'set it, since VAPID_PRIVATE_KEY is set']
  if (publicKey !== null && privateKey !== null) {
    if (!belongTogether(publicKey, privateKey)) {
      yield [
        'VAPID_PRIVATE_KEY',
        'set it to the private key of VAPID_PUBLIC_KEY: push services would refuse every push',
      ]
    }
    if (subject === null && !given.PUBLIC_URL?.startsWith('https:')) {
      yield ['VAPID_SUBJECT', 'set it to mailto:ADDRESS or an https URL: push services want to know whom to write to']
    }
  }
  const { WAKE_UP_WEBHOOK_URL: url, WAKE_UP_WEBHOOK_SECRET: secret } = given
  if (url !== null && secret === null) yield ['WAKE_UP_WEBHOOK_SECRET', 'set it, since WAKE_UP_WEBHOOK_URL is set']
  if (url === null && secret !== null) yield ['WAKE_UP_WEBHOOK_URL', 'set it, since WAKE_UP_WEBHOOK_SECRET is set']
}

function belongTogether(publicKey: string, privateKey: string): boolean {
  try {
    return Buffer.from(publicKeyTo(privateKey), 'base64url').equals(Buffer.from(publicKey, 'base64url'))
  } catch {
    return false
  }
}
