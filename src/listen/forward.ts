import type { Notification } from '../clients/javascript/client.js'
import { bytesOf } from './body.ts'

interface Needs {
  readonly url: string
  readonly timeoutMs: number
  /** Ends the request under way. */
  readonly signal: AbortSignal
}

/**
 * Posts the bytes of a notification with its content type; its other members are in headers. Rejects unless the status is
 * from 200 to 299. Redirects are not followed: what they lead to was not named by the user.
 */
export async function forward(notification: Notification, { url, timeoutMs, signal }: Needs): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headersOf(notification),
    body: bytesOf(notification),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`the status was ${response.status}`)
}

function headersOf(notification: Notification): Readonly<Record<string, string>> {
  const { id, contentType, subject, addressee, correlationId, sentAt, deliveryCount, expiresAt } = notification
  return {
    ...(contentType === null ? {} : { 'content-type': printable(contentType) }),
    // The names by which receivers of webhooks, and this service, know a repeat.
    'webhook-id': escaped(id),
    'idempotency-key': escaped(id),
    'notification-subject': escaped(subject),
    'notification-addressee': escaped(addressee),
    ...(correlationId === null ? {} : { 'notification-correlation-id': escaped(correlationId) }),
    'notification-sent-at': sentAt,
    'notification-delivery-count': String(deliveryCount),
    ...(expiresAt === undefined ? {} : { 'notification-expires-at': expiresAt }),
  }
}

/** Returns text with all that headers cannot carry as percent signs and the hexadecimal UTF-8, as in a URL. */
function escaped(text: string): string {
  return printable(text.replaceAll('%', '%25').replace(/^ | $/g, '%20'))
}

function printable(text: string): string {
  return text.replace(/[^ -~]+/g, (other) => Buffer.from(other).toString('hex').toUpperCase().replace(/../g, '%$&'))
}
