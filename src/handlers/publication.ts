import type { Input } from '../contract/operations.ts'
import type { components } from '../contract/schema.d.ts'
import { type HashOf, readCloudEvent } from '../delivery/intake/cloud-event.ts'
import { finish, type Recognised, type SaidReceipt } from '../delivery/intake/draft.ts'
import { type Expiry, readExpiry, type SaidExpiry } from '../delivery/intake/expiry.ts'
import { readMembers, readMemberTexts } from '../delivery/intake/json-members.ts'
import type { Publication } from '../delivery/intake/publishing.ts'
import { isClientId, isReference, isSubject, textOf } from '../delivery/notification.ts'
import type { ReceiptRequest } from '../delivery/receipt.ts'
import { Refusal } from '../delivery/refusal.ts'
import { readBinaryEvent } from './binary-event.ts'

type OwnForm = components['schemas']['Publication']

export interface PublicationReading {
  /** Returns the id of a notification that was a CloudEvent. */
  readonly hashOf: HashOf
  /** The maximum of `ttlSeconds`: no notification waits for longer. */
  readonly maxTtlSeconds: number
  /** The names of `RECEIPT_QUEUES`. */
  readonly receiptQueues: ReadonlySet<string>
}

/** Reads the body of a publication in each of its forms. Throws a `Refusal` that names what is wrong. */
export function readPublication(
  { body, headers = {} }: Pick<Input<'publishNotification'>, 'body' | 'headers'>,
  reading: PublicationReading,
): Publication {
  switch (body.form) {
    case 'json':
      return readOwnForm(body.value, body.text, reading)
    case 'structured': {
      const members = readMembers(body.text)
      if (members.kind === 'ambiguous') throw notAllowed(members.reason)
      return readEvent(readCloudEvent(members, reading.hashOf), reading)
    }
    case 'binary':
      return readEvent(readBinaryEvent(headers, body, reading.hashOf), reading)
    default:
      return body satisfies never
  }
}

/**
 * Reads a publication in the service's own form. Checks the bounds that the contract cannot express: it counts characters
 * differently, and the maximum TTL is a setting. `text` is the JSON that was sent: `data` is passed on as it stands there, and a
 * member that occurs twice is refused, since another reader could take it for a notification to another client.
 */
export function readOwnForm(value: OwnForm, text: string, reading: PublicationReading): Publication {
  const { addressee, subject, id = null, correlationId = null } = value
  if (!isClientId(addressee)) throw notAllowed('addressee must have 1 to 512 characters and no control characters')
  if (!isSubject(subject)) throw notAllowed('subject must have 1 to 256 characters and no control characters')
  const hasData = value.data !== undefined && value.data !== null
  if (hasData === (typeof value.body === 'string')) {
    throw notAllowed('body must have exactly one of the members body and data')
  }
  const contentType = value.contentType ?? (hasData ? 'application/json' : null)
  checkReference('id', id)
  checkReference('contentType', contentType)
  checkReference('correlationId', correlationId)
  const expiry = expiryOf([value], reading)
  const members = readMemberTexts(text)
  if (members.kind === 'ambiguous') throw notAllowed(members.reason)
  const body = wellFormed((hasData ? members.textOf('data') : value.body) ?? '')
  const receipt = askedReceipt(value, reading.receiptQueues)
  return { id, addressee, subject, body, encoding: null, contentType, correlationId, sentAt: null, receipt, ...expiry }
}

/** Returns the receipt that members ask for. Throws a `Refusal` for a queue that the operator has not named. */
export function askedReceipt(
  { receipt, receiptTo }: SaidReceipt,
  receiptQueues: ReadonlySet<string>,
): ReceiptRequest | null {
  if (receiptTo === undefined || receiptTo === null) return receipt === true ? { to: null } : null
  if (typeof receiptTo !== 'string' || !receiptQueues.has(receiptTo))
    throw notAllowed('receiptTo must be a name that the operator has set in RECEIPT_QUEUES')
  return { to: receiptTo }
}

/** A time that has passed is no error: a repeat of what was accepted before must be known as one. */
function expiryOf(said: readonly SaidExpiry[], { maxTtlSeconds }: PublicationReading): Expiry {
  const read = readExpiry(said)
  if (!read.ok) throw notAllowed(read.reason)
  if ((read.expiry.ttlSeconds ?? 0) > maxTtlSeconds) throw notAllowed(`ttlSeconds must be at most ${maxTtlSeconds}`)
  return read.expiry
}

function checkReference(name: string, given: string | null): void {
  if (given !== null && !isReference(given)) {
    throw notAllowed(`${name} must have 1 to 256 characters and no control characters`)
  }
}

function readEvent(recognised: Recognised, reading: PublicationReading): Publication {
  if (recognised.kind === 'other') throw notAllowed('the body is not a CloudEvent in JSON')
  if (recognised.kind === 'invalid') throw notAllowed(recognised.reason)
  const { draft } = recognised
  const finished = finish(draft, { id: '', sentAt: '' })
  if (!finished.ok) throw notAllowed(finished.reason)
  const {
    id,
    addressee,
    subject,
    body,
    encoding,
    contentType,
    correlationId,
    sentAt,
    trace = null,
  } = finished.notification
  if (contentType !== null && !isReference(contentType)) {
    throw notAllowed('the content type is not 1 to 256 characters without controls')
  }
  // Bytes that are UTF-8 are text, in whichever form they came.
  const text = encoding === 'base64' ? textOf(Buffer.from(body, 'base64')) : body
  const content = text === null ? { body, encoding } : { body: text, encoding: null }
  const receipt = askedReceipt(draft.receipt ?? {}, reading.receiptQueues)
  const shared = { id, addressee, subject, contentType, correlationId, sentAt: sentAt || null, trace, receipt }
  return { ...shared, ...content, ...expiryOf(draft.expiries ?? [], reading) }
}

/** A lone surrogate cannot be written as UTF-8, so it would reach the client changed. */
function wellFormed(body: string): string {
  if (!body.isWellFormed()) throw notAllowed('body must be well-formed Unicode')
  return body
}

function notAllowed(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
