import { createHash } from 'node:crypto'
import { isClientId, isShortText } from './lengths.js'

/** @typedef {import('./publisher.d.ts').Publication} Publication */
/** @typedef {import('@aws-sdk/client-sqs').SendMessageCommandInput} SendMessage */

/**
 * A valid publication, with the id that all its copies have.
 * @typedef {object} Sendable
 * @property {string} id
 * @property {string} addressee
 * @property {string} subject
 * @property {string | Uint8Array} body text, or bytes that are not UTF-8
 * @property {string | undefined} contentType
 * @property {string | undefined} correlationId
 * @property {string} sentAt
 * @property {string | undefined} expiresAt
 * @property {number | undefined} ttlSeconds
 * @property {boolean | undefined} receipt
 * @property {string | undefined} receiptTo
 * @property {{ traceparent: string, tracestate?: string } | undefined} trace
 */

/** SQS allows ten attributes. */
const maxAttributes = 10

/** SQS's limit for body and attributes together, in bytes. A queue may have a lower one. */
const maxMessageLength = 1_048_576

/**
 * Checks a publication. Throws a `TypeError` if the service could only put it into the dead-letter queue.
 * @param {Publication} given
 * @param {string} id
 * @returns {Sendable}
 */
export function sendable(given, id) {
  const { addressee, subject, body, contentType, correlationId, traceparent, tracestate } = given
  if (!isClientId(addressee)) throw new TypeError('addressee must have 1 to 512 characters and no control characters')
  for (const [name, value] of Object.entries({ subject, id, contentType, correlationId })) {
    const isMissing = value === undefined && name !== 'subject'
    if (!isMissing && !isShortText(value))
      throw new TypeError(`${name} must have 1 to 256 characters and no control characters`)
  }
  const sentAt = new Date().toISOString()
  const trace = traceOf(traceparent, tracestate)
  const texts = { id, addressee, subject, body: textOf(body), contentType, correlationId, sentAt, trace }
  const { receipt, receiptTo } = given
  if (receipt !== undefined && typeof receipt !== 'boolean') throw new TypeError('receipt must be true or false')
  if (receiptTo !== undefined && !/^[\w.-]{1,64}$/.test(receiptTo)) {
    throw new TypeError('receiptTo must have 1 to 64 letters, digits, dots, dashes or underscores')
  }
  const asked = { receipt, receiptTo }
  return { ...texts, expiresAt: timeOf(given.expiresAt), ttlSeconds: durationOf(given.ttlSeconds), ...asked }
}

/**
 * Returns the time of an expiry in UTC. One that could not be understood would make the message invalid.
 * @param {unknown} given
 */
function timeOf(given) {
  if (given === undefined) return undefined
  // JavaScript would take a time without an offset for one of this machine's time zone.
  const isTime = given instanceof Date || (typeof given === 'string' && /T.*(?:Z|[+-]\d\d:\d\d)$/i.test(given))
  const time = isTime ? new Date(given) : null
  if (time === null || Number.isNaN(time.getTime())) {
    throw new TypeError('expiresAt must be a Date, or a date and time with an offset such as 2026-11-21T20:15:03Z')
  }
  return time.toISOString()
}

/** @param {unknown} given */
function durationOf(given) {
  if (given === undefined) return undefined
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1 || given > 999_999_999) {
    throw new TypeError('ttlSeconds must be a whole number from 1 to 999999999')
  }
  return given
}

/** W3C Trace Context: version, trace id, parent id and flags. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
/** SQS takes no control characters. Longer ones may be dropped. */
const tracestateForm = /^[\x20-\x7e]{1,512}$/

/**
 * Returns the trace of a publication. A malformed one is no reason not to publish.
 * @param {unknown} traceparent
 * @param {unknown} tracestate
 */
function traceOf(traceparent, tracestate) {
  if (typeof traceparent !== 'string' || !traceparentForm.test(traceparent)) return undefined
  if (typeof tracestate !== 'string' || !tracestateForm.test(tracestate)) return { traceparent }
  return { traceparent, tracestate }
}

/**
 * Returns bytes that are UTF-8 as text, as the service does everywhere.
 * @param {unknown} body
 */
function textOf(body) {
  if (typeof body === 'string') {
    if (!body.isWellFormed())
      throw new TypeError('body has a lone surrogate, which is not valid Unicode; send the body as bytes')
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
 * Returns the message for this queue. Throws a `RangeError` when the message is too large for SQS.
 * @param {Sendable} publication
 * @param {string} queueUrl
 * @param {boolean} [asBytes] whether to encode text as base64, because SQS refuses some characters, such as control
 *   characters
 * @returns {SendMessage & { MessageBody: string }}
 */
export function messageFor(publication, queueUrl, asBytes = false) {
  const { id, addressee, subject, body, contentType, correlationId, sentAt, expiresAt, ttlSeconds, trace } = publication
  const { receipt, receiptTo } = publication
  const isText = typeof body === 'string' && !asBytes
  const carried = isText ? body : Buffer.from(body).toString('base64')
  const values = {
    addressee,
    subject,
    id,
    'content-type': contentType,
    'correlation-id': correlationId,
    'sent-at': sentAt,
    // SQS refuses an empty body: the attribute `empty` tells the service to ignore the text.
    encoding: carried === '' ? 'empty' : isText ? undefined : 'base64',
    'expires-at': expiresAt,
    'ttl-seconds': ttlSeconds === undefined ? undefined : String(ttlSeconds),
    // One of the two: a named queue asks for a receipt, too.
    'receipt-to': receiptTo,
    receipt: receipt === true && receiptTo === undefined ? 'true' : undefined,
    // Last, since SQS allows ten attributes: a trace is worth less than the others.
    ...trace,
  }
  const given = Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
    .slice(0, maxAttributes)
  const message = {
    QueueUrl: queueUrl,
    MessageBody: carried === '' ? 'empty' : carried,
    MessageAttributes: Object.fromEntries(
      given.map(({ name, value }) => [name, { DataType: 'String', StringValue: value }]),
    ),
    ...groupFields(queueUrl, publication),
  }
  const length = lengthOf(message)
  if (length > maxMessageLength) {
    throw new RangeError(`the message has ${length} bytes; at most ${maxMessageLength} are allowed`)
  }
  return message
}

/**
 * Returns the bytes that SQS counts: of the body, and of the name, type and value of each attribute.
 * @param {SendMessage & { MessageBody: string }} message
 */
export function lengthOf({ MessageBody, MessageAttributes = {} }) {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { StringValue = '' }]) => sum + name.length + 'String'.length + Buffer.byteLength(StringValue),
    Buffer.byteLength(MessageBody),
  )
}

/**
 * Returns the group of the message, its addressee: a FIFO queue keeps the order of each group, and a standard queue is
 * shared fairly between groups. In a FIFO queue a repeated send of the same publication arrives once. Texts that SQS does
 * not allow, which are those past 128 characters of ASCII without blanks, are hashed.
 * @param {string} queueUrl
 * @param {Sendable} publication
 */
function groupFields(queueUrl, { addressee, id }) {
  const MessageGroupId = /^[!-~]{1,128}$/.test(addressee) ? addressee : hash(addressee)
  if (!queueUrl.endsWith('.fifo')) return { MessageGroupId }
  return { MessageGroupId, MessageDeduplicationId: hash(`${addressee}\n${id}`) }
}

/** @param {string} text */
function hash(text) {
  return createHash('sha256').update(text).digest('base64url')
}
