import { createHash } from 'node:crypto'
import { isClientId } from './lengths.js'

/** The limit of SQS. */
const maxNameLength = 80
/** `h-` and a SHA-256 in base64url, the form for client ids that do not fit otherwise. */
const hashedLength = 2 + 43
export const maxQueuePrefixLength = maxNameLength - 1 - hashedLength

/** @type {typeof import('./client-queue.d.ts').clientQueueName} */
export function clientQueueName(prefix, clientId) {
  if (!/^[A-Za-z0-9_-]+$/.test(prefix) || prefix.length > maxQueuePrefixLength) {
    throw new TypeError(
      `the queue prefix "${prefix}" must have 1 to ${maxQueuePrefixLength} letters, digits, dashes or underscores`,
    )
  }
  // A client id has no lone surrogates: they all become U+FFFD in UTF-8, and two ids would share a queue.
  if (!isClientId(clientId))
    throw new TypeError('the client id must have 1 to 512 characters and no control characters')
  const room = maxNameLength - prefix.length - 1
  const fitting = isSafe(clientId) ? clientId : `x-${Buffer.from(clientId).toString('base64url')}`
  return `${prefix}-${fitting.length <= room ? fitting : `h-${sha256(clientId)}`}`
}

/** @type {typeof import('./client-queue.d.ts').clientQueueUrl} */
export function clientQueueUrl(baseUrl, clientId) {
  const { folder, prefix } = queueBase(baseUrl)
  return folder + clientQueueName(prefix, clientId)
}

/** @type {typeof import('./client-queue.d.ts').queueBase} */
export function queueBase(baseUrl) {
  const cut = baseUrl.lastIndexOf('/') + 1
  return { folder: baseUrl.slice(0, cut), prefix: baseUrl.slice(cut) }
}

/** @param {string} text */
function isSafe(text) {
  return /^[A-Za-z0-9_-]+$/.test(text) && !/^[xh]-|(^|-)dlq$/i.test(text)
}

/** @param {string} text */
function sha256(text) {
  return createHash('sha256').update(text).digest('base64url')
}
