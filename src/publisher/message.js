import { createHash } from 'node:crypto'
import { isClientId, isShortText } from './lengths.js'

/** @typedef {import('./publisher.d.ts').Publication} Publication */
/** @typedef {import('@aws-sdk/client-sqs').SendMessageCommandInput} SendMessage */

/**
 * A publication that can be sent, under the id that all its copies have.
 * @typedef {object} Sendable
 * @property {string} id
 * @property {string} addressee
 * @property {string} subject
 * @property {string | Uint8Array} body text, or bytes that are none
 * @property {string | undefined} contentType
 * @property {string | undefined} correlationId
 * @property {string} sentAt
 */

/** Body and attributes together, as the service and every SQS take them. Bytes. */
const maxMessageLength = 262_144

/**
 * Throws a `TypeError` for what the service could only put into the dead-letter queue.
 * @param {Publication} publication
 * @param {string} id
 * @returns {Sendable}
 */
export function sendable({ addressee, subject, body, contentType, correlationId }, id) {
  if (!isClientId(addressee)) throw new TypeError('addressee must have 1 to 512 characters, none of them a control')
  for (const [name, value] of Object.entries({ subject, id, contentType, correlationId })) {
    const isMissing = value === undefined && name !== 'subject'
    if (!isMissing && !isShortText(value)) throw new TypeError(`${name} must have 1 to 256 characters, no controls`)
  }
  const sentAt = new Date().toISOString()
  return { id, addressee, subject, body: textOf(body), contentType, correlationId, sentAt }
}

/**
 * Bytes that are UTF-8 are text, as they are everywhere in the service.
 * @param {unknown} body
 */
function textOf(body) {
  if (typeof body === 'string') {
    if (!body.isWellFormed()) throw new TypeError('body has half of a surrogate pair; send it as bytes')
    return body
  }
  if (!(body instanceof Uint8Array)) throw new TypeError('body must be a string or a Uint8Array')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return body
  }
}

/**
 * The message that carries it to this queue. Throws a `RangeError` when it is too large to be carried.
 * @param {Sendable} publication
 * @param {string} queueUrl
 * @param {boolean} [asBytes] SQS does not carry every text: control characters are among what it refuses
 * @returns {SendMessage & { MessageBody: string }}
 */
export function messageFor(publication, queueUrl, asBytes = false) {
  const { id, addressee, subject, body, contentType, correlationId, sentAt } = publication
  const isText = typeof body === 'string' && !asBytes
  const carried = isText ? body : Buffer.from(body).toString('base64')
  const values = {
    addressee,
    subject,
    id,
    'content-type': contentType,
    'correlation-id': correlationId,
    'sent-at': sentAt,
    // SQS carries no empty body: the attribute says that its text is not meant.
    encoding: carried === '' ? 'empty' : isText ? undefined : 'base64',
  }
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
  const message = {
    QueueUrl: queueUrl,
    MessageBody: carried === '' ? 'empty' : carried,
    MessageAttributes: Object.fromEntries(
      given.map(({ name, value }) => [name, { DataType: 'String', StringValue: value }]),
    ),
    ...fifoFields(queueUrl, publication),
  }
  const length = given.reduce(
    (sum, { name, value }) => sum + name.length + 'String'.length + Buffer.byteLength(value),
    Buffer.byteLength(message.MessageBody),
  )
  if (length > maxMessageLength) throw new RangeError(`a message of ${length} bytes is longer than ${maxMessageLength}`)
  return message
}

/**
 * In the order of each addressee, and a repeated send of the same publication once. Both fields take 128 characters of a
 * small alphabet, so they are hashed.
 * @param {string} queueUrl
 * @param {Sendable} publication
 */
function fifoFields(queueUrl, { addressee, id }) {
  if (!queueUrl.endsWith('.fifo')) return {}
  return { MessageGroupId: hash(addressee), MessageDeduplicationId: hash(`${addressee}\n${id}`) }
}

/** @param {string} text */
function hash(text) {
  return createHash('sha256').update(text).digest('base64url')
}
