import type { Handler, Input } from '../contract/operations.ts'
import { addresseeFull, type IntakeLimits } from '../delivery/intake/limits.ts'
import type { Publication, Publishing } from '../delivery/intake/publishing.ts'
import { isClientId, isReference, isSubject } from '../delivery/notification.ts'
import type { Dispatcher } from '../delivery/ports.ts'
import { Refusal } from '../delivery/refusal.ts'

interface Needs {
  readonly publishing: Publishing
  readonly dispatcher: Dispatcher
  readonly limits: IntakeLimits
  /** The maximum time that a notification waits for its addressee, which is also the default. */
  readonly maxTtlSeconds: number
}

/** Stores a notification for a client, and then dispatches it. */
export function publishNotification(needs: Needs): Handler<'publishNotification'> {
  const { publishing, dispatcher, limits, maxTtlSeconds } = needs
  return async ({ body }) => {
    const publication = publicationOf(body, maxTtlSeconds)
    limits.publication(publication.addressee)
    const outcome = await publishing.insert(publication)
    switch (outcome.kind) {
      case 'stored': {
        const { id } = outcome.row.notification
        return { status: 202, body: { id, status: await dispatcher.dispatch(outcome.row), duplicate: false } }
      }
      case 'duplicate': {
        const status = await dispatcher.reachOf(publication.addressee)
        return { status: 202, body: { id: outcome.id, status, duplicate: true } }
      }
      case 'full':
        throw addresseeFull()
      default:
        return outcome satisfies never
    }
  }
}

/**
 * Checks the bounds that the contract cannot express: it counts characters differently, and the maximum TTL is a
 * setting.
 */
function publicationOf(body: Input<'publishNotification'>['body'], maxTtlSeconds: number): Publication {
  const { addressee, subject, id = null, contentType = null, correlationId = null } = body
  const ttlSeconds = body.ttlSeconds ?? maxTtlSeconds
  if (!isClientId(addressee)) throw notAllowed('addressee must have 1 to 512 characters and no control characters')
  for (const [name, text] of Object.entries({ subject, id, contentType, correlationId })) {
    const allowed = name === 'subject' ? isSubject(text) : text === null || isReference(text)
    if (!allowed) throw notAllowed(`${name} must have 1 to 256 characters and no control characters`)
  }
  // A lone surrogate cannot be written as UTF-8, so it would reach the client changed.
  if (!body.body.isWellFormed()) throw notAllowed('body must be well-formed Unicode')
  if (ttlSeconds > maxTtlSeconds) throw notAllowed(`ttlSeconds must be at most ${maxTtlSeconds}`)
  return {
    id,
    addressee,
    subject,
    body: body.body,
    encoding: null,
    contentType,
    correlationId,
    ttlSeconds,
    sentAt: null,
  }
}

function notAllowed(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
