import { randomUUID } from 'node:crypto'
import { sealer } from '../../adapters/sealed-token.ts'
import type { Forward, Registrations } from '../../delivery/intake/callbacks.ts'
import { Refusal } from '../../delivery/refusal.ts'

const purpose = 'callback'

/** The registration that a callback URL carries. */
interface SealedRegistration {
  readonly clientId: string
  readonly subject: string
  readonly correlationId: string | null
  readonly forward: Forward
  /** Absent from URLs that an earlier version sealed. */
  readonly receiptTo?: string | null
  /** After how many seconds its notifications expire; absent where that is not said. */
  readonly notificationTtlSeconds?: number
  readonly expired: boolean
}

interface SealedRegistrations {
  readonly registrations: Registrations
  /** Null for everything that was not sealed here. */
  open(callbackId: string): SealedRegistration | null
}

/**
 * Registrations that nobody stores: the callback id is the registration, sealed. So it cannot be listed, taken back or
 * counted, and a URL that leaked is good until it expires.
 */
export function sealedRegistrations(secrets: readonly string[]): SealedRegistrations {
  if (secrets.length === 0) {
    const message = 'Registrations need CALLBACK_SECRET in mode 2'
    const notHere = async (): Promise<never> => {
      throw new Refusal('ERROR_NOT_IMPLEMENTED', { message })
    }
    const registrations = {
      newCallbackId: () => '',
      isCallbackId: () => false,
      create: notHere,
      list: notHere,
      revoke: notHere,
    }
    return { registrations, open: () => null }
  }
  const { seal, open } = sealer(secrets)
  return {
    registrations: {
      newCallbackId({
        clientId,
        subject,
        correlationId,
        ttlSeconds,
        forward,
        receiptTo = null,
        notificationTtlSeconds,
      }) {
        const expiry = notificationTtlSeconds ? { notificationTtlSeconds } : {}
        const sealed = { clientId, subject, correlationId, forward, receiptTo, ...expiry }
        return seal(purpose, sealed, Date.now() + ttlSeconds * 1000)
      },
      isCallbackId: (text) => open(purpose, text) !== null,
      async create({ subject, correlationId, ttlSeconds, maxUses }) {
        if (maxUses > 0) {
          const message = 'Uses are not counted in mode 2: leave maxUses out, or 0'
          throw new Refusal('ERROR_NOT_IMPLEMENTED', { message })
        }
        const createdAt = new Date()
        const expiresAt = new Date(createdAt.getTime() + ttlSeconds * 1000)
        return { id: randomUUID(), subject, correlationId, createdAt, expiresAt, maxUses, uses: 0 }
      },
      async list() {
        throw new Refusal('ERROR_NOT_IMPLEMENTED', { message: 'Registrations are not stored in mode 2' })
      },
      async revoke() {
        throw new Refusal('ERROR_NOT_IMPLEMENTED', { message: 'A callback URL cannot be taken back in mode 2' })
      },
    },
    open(callbackId) {
      const opened = open(purpose, callbackId)
      if (opened === null) return null
      const registration = opened.payload as unknown as Omit<SealedRegistration, 'expired'>
      // A URL that an earlier version sealed does not say what it forwards.
      return { ...{ forward: 'data' }, ...registration, expired: opened.expiresAtMs <= Date.now() }
    },
  }
}
