import { httpUrl, type SettingsTable, setting, yesOrNo } from '../setting.ts'

/** The settings of how clients without a poll are woken (mode 1). */
export const wakeUpSettings = {
  VAPID_PUBLIC_KEY: setting<string | null>({
    about: 'mode 1: public key of this service for push services (RFC 8292), in base64url; pages subscribe with it',
    parse: keyOf(65, 'a point of P-256, uncompressed: 65 bytes in base64url'),
    fallback: null,
    fallbackText: 'browsers are not woken, and their subscriptions answered 501',
  }),
  VAPID_PRIVATE_KEY: setting<string | null>({
    about: 'the private key to VAPID_PUBLIC_KEY, in base64url',
    parse: keyOf(32, '32 bytes in base64url'),
    fallback: null,
    fallbackText: 'required with VAPID_PUBLIC_KEY',
  }),
  VAPID_SUBJECT: setting<string | null>({
    about: 'where push services reach the operator: mailto:ADDRESS, or an https URL',
    parse: contact,
    fallback: null,
    fallbackText: 'PUBLIC_URL, if that is an https URL',
  }),
  WAKE_UP_WEBHOOK_URL: setting<string | null>({
    about: "mode 1: URL of the operator's sender, which is called for each device of the type webhook that is woken",
    parse: httpUrl,
    fallback: null,
    fallbackText: 'devices of the type webhook are answered 501',
  }),
  WAKE_UP_WEBHOOK_SECRET: setting<string | null>({
    about: 'signs the calls of WAKE_UP_WEBHOOK_URL as Standard Webhooks does: whsec_ and base64, or plain text',
    parse: signingSecret,
    fallback: null,
    fallbackText: 'required with WAKE_UP_WEBHOOK_URL',
  }),
  WAKE_UP_PRIVATE_ADDRESSES: setting({
    about: 'let clients register push services over http and at private addresses; for development alone',
    parse: yesOrNo,
    fallback: false,
  }),
} as const satisfies SettingsTable

function keyOf(bytes: number, form: string): (value: string) => string {
  return (value) => {
    const isBase64 = /^[A-Za-z0-9_-]+$/.test(value)
    if (!isBase64 || Buffer.from(value, 'base64url').length !== bytes) throw new Error(`expected ${form}`)
    return value
  }
}

/** Push services write to this address when pushes give them trouble. */
function contact(value: string): string {
  if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^/\s]+.*)$/.test(value)) {
    throw new Error('expected mailto:ADDRESS or an https URL')
  }
  return value
}

/** Shorter secrets could be guessed from a signature. */
const minSecretBytes = 16

function signingSecret(value: string): string {
  const bytes = value.startsWith('whsec_') ? Buffer.from(value.slice('whsec_'.length), 'base64') : Buffer.from(value)
  if (bytes.length < minSecretBytes) throw new Error(`expected a secret of at least ${minSecretBytes} bytes`)
  return value
}
