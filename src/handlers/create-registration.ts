import type { Handler } from '../contract/operations.ts'
import type { Digest, Registrations } from '../delivery/intake/callbacks.ts'
import type { IntakeLimits } from '../delivery/intake/limits.ts'
import { isReference, isSubject } from '../delivery/notification.ts'
import { Refusal } from '../delivery/refusal.ts'
import { askedReceipt } from './publication.ts'

/** Long enough for a task of a working day, and short enough that a leaked URL is soon worthless. */
const defaultTtlSeconds = 86_400

interface Needs {
  readonly registrations: Registrations
  readonly limits: IntakeLimits
  readonly digest: Digest
  /** The URL at which callers reach this service, without a slash at the end. */
  readonly publicUrl: () => string
  /** The maximum of `notificationTtlSeconds`: no notification waits for longer. */
  readonly maxTtlSeconds: number
  /** The names of `RECEIPT_QUEUES`. */
  readonly receiptQueues: ReadonlySet<string>
}

/** Creates a registration. Its callback URL is only in this response: it is not stored. */
export function createRegistration(needs: Needs): Handler<'createRegistration'> {
  const { registrations, limits, digest, publicUrl, maxTtlSeconds, receiptQueues } = needs
  return async ({ body }, { clientId }) => {
    const subject = body?.subject ?? 'callback'
    const correlationId = body?.correlationId ?? null
    const ttlSeconds = body?.ttlSeconds ?? defaultTtlSeconds
    const maxUses = body?.maxUses ?? 0
    const forward = body?.forward ?? 'data'
    const notificationTtlSeconds = body?.notificationTtlSeconds ?? null
    if (!isSubject(subject)) throw notText('subject')
    if (correlationId !== null && !isReference(correlationId)) throw notText('correlationId')
    if ((notificationTtlSeconds ?? 0) > maxTtlSeconds) {
      throw notAllowed(`notificationTtlSeconds must be at most ${maxTtlSeconds}`)
    }
    limits.registration(clientId)
    const receiptTo = askedReceipt({ receiptTo: body?.receiptTo ?? null }, receiptQueues)?.to ?? null
    const outcome = { receiptTo, notificationTtlSeconds }
    const asked = { clientId, subject, correlationId, ttlSeconds, maxUses, forward, ...outcome }
    const callbackId = registrations.newCallbackId(asked)
    const created = await registrations.create({ ...asked, digest: digest(callbackId) })
    if (created === null) {
      const message = 'This client has as many live registrations as it may have'
      throw new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds: 60 })
    }
    const { createdAt: _, expiresAt, ...rest } = created
    const callbackUrl = `${publicUrl()}/callback/${callbackId}`
    return { status: 201, body: { ...rest, forward, callbackUrl, expiresAt: expiresAt.toISOString() } }
  }
}

function notText(member: string): Refusal {
  return notAllowed(`${member} must have 1 to 256 characters and no control characters`)
}

function notAllowed(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
