import type { Notification } from '../clients/javascript/client.js'

/** Returns the body of a notification as the bytes that its sender sent. */
export function bytesOf({ body, encoding }: Notification): Buffer<ArrayBuffer> {
  return Buffer.from(body, encoding ?? 'utf8')
}
