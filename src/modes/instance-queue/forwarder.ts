import type { Send } from '../../adapters/sqs/send.ts'
import { isSqsError } from '../../adapters/sqs/sqs-error.ts'
import type { Forwarder } from '../../delivery/peers/forwarding.ts'
import type { Clock } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { StoreFor } from './storing.ts'

interface Needs {
  readonly send: Send
  readonly storeFor: StoreFor
  readonly clock: Clock
}

/**
 * Returns how notifications are sent on to the queues of other instances. A message of the largest size has no room for the
 * attributes that are added on its way: it is stored instead, and its client gets it from there.
 */
export function forwarder({ send, storeFor, clock }: Needs): Forwarder {
  return {
    async send(queueUrl, notification, hops, withinMs) {
      const endsAt = clock.now() + withinMs
      try {
        await send(queueUrl, notification, hops, withinMs)
      } catch (error) {
        if (!isTooLarge(error)) throw error
        if ((await storeFor(notification, Math.max(0, endsAt - clock.now()))) === null) throw error
      }
    },
  }
}

/** Whether SQS refused the message for good, as it does with one that is too large. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Refusal && isSqsError(error.cause, 'InvalidParameterValue')
}
