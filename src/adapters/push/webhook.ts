import { createHash } from 'node:crypto'
import { webhookHeaders } from '../standard-webhook.ts'
import type { Call } from './post.ts'

/** By Standard Webhooks a receiver answers 410 for what it wants no more of. A 404 may be a wrong URL. */
export const goneAtWebhook = [410] as const

interface Needs {
  readonly url: string
  readonly secret: string
  /** Time since the epoch, in ms. */
  readonly now: () => number
}

interface Told {
  readonly clientId: string
  readonly deviceId: string
  /** The device's token. */
  readonly target: string
  /** Names the reason: the same at each attempt. */
  readonly occasion: string
}

/** Returns a function that writes the call of the operator's sender; attempts for one occasion have the same id. */
export function wakeUpWebhook({ url, secret, now }: Needs): (told: Told) => Call {
  return ({ clientId, deviceId, target: token, occasion }) => {
    const body = JSON.stringify({ clientId, deviceId, token })
    const id = createHash('sha256')
      .update(JSON.stringify([clientId, deviceId, occasion]))
      .digest('base64url')
    const signed = webhookHeaders(secret, { id: `wake-up_${id}`, at: new Date(now()), body })
    return { url: new URL(url), headers: { 'content-type': 'application/json', ...signed }, body }
  }
}
