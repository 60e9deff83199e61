import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Lease } from '../../delivery/lease.ts'
import type { Notification } from '../../delivery/notification.ts'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { DeadLettersNeeds } from './dead-letters.ts'
import type { ExpiredRoom } from './expired-room.ts'
import { groupFields, orAsBase64 } from './send.ts'
import { isRefusal } from './sqs-error.ts'
import { writeMessage } from './written-message.ts'

type Needs = Omit<DeadLettersNeeds, 'visibilityTimeoutSeconds'> & { readonly room: ExpiredRoom }

/** Takes notifications of one queue that have expired: moves them to the dead-letter queue, where somebody sees them. */
export class ExpiredMessages {
  readonly #needs: Needs
  /** The notifications on their way, by the keys of their messages. */
  readonly #moving = new Map<string, Lease>()
  readonly #outage: OutageLog

  constructor(needs: Needs) {
    this.#needs = needs
    this.#outage = new OutageLog({
      ...needs,
      failing:
        'expired notifications cannot be moved to the dead-letter queue: they are left in their queue and tried again',
      recovered: 'expired notifications are moved to the dead-letter queue again',
    })
  }

  /**
   * Moves the notification: sent first and then deleted. When there is no room, or that fails, or its turn comes too late,
   * it is left to its visibility timeout, and tried again when it is shown. Never rejects.
   */
  async take(lease: Lease): Promise<void> {
    const { room } = this.#needs
    const moving = this.#moving.get(lease.key)
    if (moving !== undefined) {
      // SQS has shown the message again: only its newer handle deletes it.
      Object.assign(moving, { receipt: lease.receipt, expiresAt: lease.expiresAt })
      return
    }
    if (!room.admits(lease)) return
    this.#moving.set(lease.key, lease)
    await room.run(lease, () => this.#move(lease))
    this.#moving.delete(lease.key)
  }

  async #move(lease: Lease): Promise<void> {
    const { client, dlq, settlements, counters, clock } = this.#needs
    const { notification, key } = lease
    if (lease.expiresAt <= clock.now()) return
    try {
      const dlqUrl = await dlq.find()
      if (dlqUrl !== null) {
        const fields = groupFields(dlqUrl, notification.addressee, key)
        const send = (given: Notification) =>
          client.send(new SendMessageCommand({ QueueUrl: dlqUrl, ...writeMessage(given), ...fields }))
        await orAsBase64(notification, send)
        counters.deadLettered[settlements.kind] += 1
      }
    } catch (err) {
      if (isRefusal(err)) dlq.forget()
      this.#outage.failed(err, { messageId: key })
      return
    }
    this.#outage.worked()
    settlements.source.acknowledge(lease)
  }
}
