import { randomUUID } from 'node:crypto'
import { hashOf } from '../../adapters/sqs/envelope.ts'
import type { AcceptedKeys } from '../../delivery/intake/accepted-keys.ts'
import { expiresAtOf } from '../../delivery/intake/expiry.ts'
import type { Notification } from '../../delivery/notification.ts'
import { textOf } from '../../delivery/notification.ts'
import type { PendingRow } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Gateway } from '../mode.ts'
import type { Enqueue } from './enqueue.ts'
import { sealedRegistrations } from './sealed-registrations.ts'

interface Needs {
  /** The keys of what this instance has accepted. */
  readonly keys: AcceptedKeys
  readonly enqueue: Enqueue
  /** `CALLBACK_SECRET`; without any, there are no registrations. */
  readonly secrets: readonly string[]
}

/**
 * Mode 2's gateway: what is accepted over HTTP is in its addressee's queue, and a callback URL says itself whose it is.
 * Nothing is stored here: repeats are noticed by the instance that took the first one, and otherwise by the client, which
 * gets them under the same id; how long a notification waits at most is the queue's own business.
 */
export function queuedNotifications({ enqueue: toQueue, keys, secrets }: Needs): Gateway {
  const enqueue = async (notification: Notification): Promise<PendingRow> => {
    await toQueue(notification)
    return { key: notification.id, notification, deliveryCount: 0 }
  }
  const { registrations, open } = sealedRegistrations(secrets)
  return {
    registrations,
    waits: null,
    async findReceipt() {
      throw new Refusal('ERROR_NOT_IMPLEMENTED', { message: 'Receipts are not stored in mode 2' })
    },
    dispatcher: { dispatch: async () => 'queued', reachOf: async () => 'queued' },
    publishing: {
      keepsOrder: false,
      async insert({ id: given, ttlSeconds, expiresAt: said = null, ...publication }) {
        const id = given ?? randomUUID()
        const now = Date.now()
        const expiresAt = expiresAtOf({ expiresAt: said, ttlSeconds }, now)
        const sentAt = publication.sentAt ?? new Date(now).toISOString()
        const notification = { ...publication, id, sentAt, ...(expiresAt === null ? {} : { expiresAt }) }
        if (given === null) return { kind: 'stored', row: await enqueue(notification) }
        const { addressee } = publication
        const row = await keys.once(addressee, hashOf(addressee, given), () => enqueue(notification))
        return row === null ? { kind: 'duplicate', id } : { kind: 'stored', row }
      },
    },
    callbacks: {
      async accept({ callbackId, idempotencyKey, body, contentType, trace = null }) {
        const registration = open(callbackId)
        if (registration === null) return { kind: 'unknown' }
        const { clientId: addressee, subject, correlationId, forward, receiptTo = null, expired } = registration
        const { notificationTtlSeconds: ttlSeconds = null } = registration
        const receipt = receiptTo === null ? null : { to: receiptTo }
        // The same id for a repeat, at whichever instance it comes in.
        const id = idempotencyKey === null ? randomUUID() : hashOf(callbackId, idempotencyKey)
        // The key before the expiry: a repeat of what was accepted is accepted.
        if (expired) return (await keys.has(id)) ? { kind: 'duplicate', id, addressee } : { kind: 'gone' }
        const { text, encoding } = readBytes(forward === 'notice' ? noBody : body)
        const now = Date.now()
        const sentAt = new Date(now).toISOString()
        const expiresAt = expiresAtOf({ expiresAt: null, ttlSeconds }, now)
        const notification = {
          id,
          addressee,
          subject,
          body: text,
          encoding,
          contentType,
          sentAt,
          correlationId,
          trace,
          receipt,
          ...(expiresAt === null ? {} : { expiresAt }),
        }
        if (idempotencyKey === null) return { kind: 'stored', row: await enqueue(notification) }
        const row = await keys.once(addressee, id, () => enqueue(notification))
        return row === null ? { kind: 'duplicate', id, addressee } : { kind: 'stored', row }
      },
    },
  }
}

const noBody = new Uint8Array()

function readBytes(body: Uint8Array): { text: string; encoding: 'base64' | null } {
  const text = textOf(body)
  return text === null ? { text: Buffer.from(body).toString('base64'), encoding: 'base64' } : { text, encoding: null }
}
