import { createHash } from 'node:crypto'
import { isClientId } from '../../delivery/notification.ts'

/** What SQS takes. */
const longestName = 80
/** `h-` and a SHA-256 in base64url: what every client id fits into. */
const longestEncoded = 2 + 43
/** The longest that the names of all clients' queues may begin with; a dash follows. */
export const longestQueuePrefix = longestName - 1 - longestEncoded

/**
 * The name of a client's queue: the prefix, a dash, and the client id, if that is made of letters, digits, dashes and
 * underscores and the name fits into the 80 characters that SQS allows. Any other id is encoded, as `x-` with its UTF-8
 * bytes in base64url or, where that is too long, as `h-` with their SHA-256 in base64url.
 *
 * No two client ids have the same name. Ids that look encoded are therefore encoded themselves; so are `dlq` and those
 * that end in `-dlq`, which is what dead-letter queues are called. Queue names and client ids are both case-sensitive.
 */
export function clientQueueName(prefix: string, clientId: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(prefix) || prefix.length > longestQueuePrefix) {
    throw new TypeError(`"${prefix}" is not 1 to ${longestQueuePrefix} letters, digits, dashes or underscores`)
  }
  // Half a surrogate pair becomes U+FFFD in UTF-8, and two ids would share a queue: a client id has none.
  if (!isClientId(clientId))
    throw new TypeError('a client id has 1 to 512 characters, none of them a control character')
  const room = longestName - prefix.length - 1
  const fitting = isSafe(clientId) ? clientId : `x-${Buffer.from(clientId).toString('base64url')}`
  return `${prefix}-${fitting.length <= room ? fitting : `h-${sha256(clientId)}`}`
}

/** The URL of a client's queue; `baseUrl` is `SQS_USER_QUEUE_BASE_URL`, whose last part the queue names begin with. */
export function clientQueueUrl(baseUrl: string, clientId: string): string {
  const { folder, prefix } = queueBase(baseUrl)
  return folder + clientQueueName(prefix, clientId)
}

/** A base URL, taken apart: what the URLs of all clients' queues begin with, and what their names begin with. */
export function queueBase(baseUrl: string): { folder: string; prefix: string } {
  const cut = baseUrl.lastIndexOf('/') + 1
  return { folder: baseUrl.slice(0, cut), prefix: baseUrl.slice(cut) }
}

function isSafe(clientId: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(clientId) && !/^[xh]-|(^|-)dlq$/i.test(clientId)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
