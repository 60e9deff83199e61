import { type IntakeNeeds, type IntakeReceiving, intakeReceiving } from '../intake-receiving.ts'
import type { AcknowledgedElsewhere } from './acknowledged-elsewhere.ts'
import { enqueuer, isRefusedByQueue } from './enqueue.ts'
import type { MakeQueue } from './queue-maker.ts'

interface Needs extends IntakeNeeds {
  readonly elsewhere: AcknowledgedElsewhere
  readonly queueUrlOf: (clientId: string) => string
  readonly makeQueue: MakeQueue
}

/** Receives from the intake queue in mode 2: whatever is for a client that is not here is sent to that client's queue. */
export function openIntake({ elsewhere, queueUrlOf, makeQueue, ...needs }: Needs): IntakeReceiving {
  return intakeReceiving({
    ...needs,
    sift: (leases) => elsewhere.withoutThem(leases),
    waysOn: (send) => {
      const enqueue = enqueuer({ queueUrlOf, makeQueue, send, clock: needs.sqs.clock, limitOf: async () => null })
      return {
        async find() {
          return null
        },
        async send() {
          throw new Error('no look-up finds another queue')
        },
        async keep(notification, withinMs) {
          try {
            await enqueue(notification, withinMs)
            return true
          } catch (error) {
            if (isRefusedByQueue(error)) return false
            throw error
          }
        },
      }
    },
  })
}
