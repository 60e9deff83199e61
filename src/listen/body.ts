import type { Notification } from '../clients/javascript/client.js'

/** Returns the bytes that were sent. */
export function bytesOf({ body, encoding }: Notification): Buffer<ArrayBuffer> {
  return Buffer.from(body, encoding ?? 'utf8')
}
