import { createHmac } from 'node:crypto'

const prefix = 'whsec_'

/**
 * Returns the headers of Standard Webhooks (https://www.standardwebhooks.com) for a body: its id, the time in seconds, and
 * the signature, by which the receiver knows the sender.
 */
export function webhookHeaders(
  secret: string,
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

/** Secrets are base64 after their prefix; a text without the prefix is the key itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret)
}
