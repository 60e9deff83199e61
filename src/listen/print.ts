import type { Writable } from 'node:stream'
import type { Notification } from '../clients/javascript/client.js'
import { bytesOf } from './body.ts'

/** Resolves when the text has been passed to the system; rejects when nobody reads it any more. */
export function write(output: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => output.write(text, (error) => (error ? reject(error) : resolve())))
}

/** Returns a notification as a line of JSON, with the members that the service gave it. */
export function jsonLine(notification: Notification): string {
  return `${JSON.stringify(notification)}\n`
}

/** Returns a notification to be read by a person: a line about it, its body, an empty line. */
export function readable(notification: Notification): string {
  const { sentAt, subject, id, contentType, correlationId, encoding } = notification
  const about = [sentAt, subject, id, contentType, correlationId].filter((part) => part !== null).join('  ')
  const body = encoding === undefined ? notification.body : `(${bytesOf(notification).length} bytes)`
  return `${harmless(about)}\n${harmless(body)}\n\n`
}

/** Returns text without control characters that a terminal obeys: anyone who may send could otherwise draw on it. */
function harmless(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
