import { type IntakeNeeds, type IntakeReceiving, intakeReceiving } from '../intake-receiving.ts'
import { isTooLarge } from './forwarder.ts'
import type { Identity } from './identity.ts'
import type { SessionRecords } from './session-records.ts'
import type { StoreFor } from './storing.ts'

interface Needs extends IntakeNeeds {
  readonly records: SessionRecords
  readonly identity: Identity
  readonly storeFor: StoreFor
}

/**
 * Receives from the intake queue in mode 1: a client elsewhere gets its notifications through the queue of its instance,
 * and what is for a client that is nowhere is stored like a publication of the same id, so that a repeat is noticed.
 */
export function openIntake({ records, identity, storeFor, ...needs }: Needs): IntakeReceiving {
  return intakeReceiving({
    ...needs,
    waysOn: (send, isOrdered) => ({
      async find(clientId) {
        const peer = isOrdered ? null : await records.find(clientId)
        return peer === null || peer.id === identity.id ? null : peer
      },
      async send(queueUrl, notification, hops, withinMs) {
        try {
          await send(queueUrl, notification, hops, withinMs)
          return true
        } catch (error) {
          if (isTooLarge(error)) return false
          throw error
        }
      },
      async keep(notification, withinMs) {
        const stored = await storeFor(notification, withinMs)
        if (stored === null) return false
        if (isOrdered) await stored.dispatched
        return true
      },
    }),
  })
}
