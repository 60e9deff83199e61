import { type Message, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'
import { withAttribute } from './attributes.ts'
import type { SqsCounters } from './counters.ts'
import type { DlqFinder } from './dead-letter-queue.ts'
import { groupFields } from './send.ts'
import type { Settlements } from './settlements.ts'
import { isRefusal } from './sqs-error.ts'

/** The attribute that says why a message is no notification. */
export const reasonName = 'invalid-reason'

/** SQS hides no message for longer than this after it was received. */
const maxHiddenMs = 43_200_000
/** Some 1 MB; a hidden message that was forgotten is counted and logged again. */
const maxHiddenKnown = 5_000

export interface DeadLettersNeeds {
  /** The acting client. */
  readonly client: SQSClient
  /** Finds the URL of the dead-letter queue; null only when there certainly is none. */
  readonly dlq: DlqFinder<string>
  readonly settlements: Settlements
  readonly clock: Clock
  readonly visibilityTimeoutSeconds: number
  readonly log: Log
  readonly counters: SqsCounters
}

/**
 * Takes messages that are not notifications: moves them to the dead-letter queue, where somebody sees them. Without such a
 * queue they are hidden for as long as SQS allows, again and again, until the retention of their own queue ends them. They
 * are never deleted because they were not understood.
 */
export class DeadLetters {
  readonly #needs: DeadLettersNeeds
  readonly #hidden = new RecentKeys({ maxKeys: maxHiddenKnown })
  readonly #outage: OutageLog

  constructor(needs: DeadLettersNeeds) {
    this.#needs = needs
    this.#outage = new OutageLog({
      ...needs,
      failing:
        'invalid messages cannot be moved to the dead-letter queue: they are left in their queue and tried again',
      recovered: 'invalid messages are moved to the dead-letter queue again',
    })
  }

  /**
   * Moves the message to the dead-letter queue: sent first and then deleted, so that it is never nowhere. When it
   * cannot be sent, or the queue cannot be found, it is left to its visibility timeout. Never rejects.
   */
  async take(message: Message, reason: string, expiresAt: number): Promise<void> {
    const { client, dlq, settlements, log, counters } = this.#needs
    const { MessageId: messageId = '', ReceiptHandle: handle = '' } = message
    if (!this.#hidden.has(messageId)) counters.invalid += 1
    try {
      const dlqUrl = await dlq.find()
      if (dlqUrl === null) {
        this.#hide(message, reason, expiresAt)
        return
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: dlqUrl,
          // SQS accepts no empty body, not even here.
          MessageBody: message.Body || 'empty',
          MessageAttributes: withAttribute(message.MessageAttributes ?? {}, reasonName, reason),
          // The message id deduplicates: a message whose delete failed does not arrive twice.
          ...groupFields(dlqUrl, message.Attributes?.MessageGroupId ?? messageId, messageId),
        }),
      )
    } catch (err) {
      // The queue may have been deleted, or the redrive policy may name another one by now. An outage says neither.
      if (isRefusal(err)) dlq.forget()
      this.#outage.failed(err, { messageId, reason })
      return
    }
    this.#outage.worked()
    counters.deadLettered[settlements.kind] += 1
    log.warn({ messageId, reason }, 'message is invalid: moved to the dead-letter queue')
    settlements.delete(handle, messageId, expiresAt)
  }

  #hide({ MessageId: key = '', ReceiptHandle: handle = '' }: Message, reason: string, expiresAt: number): void {
    const { settlements, visibilityTimeoutSeconds, log, counters, dlq } = this.#needs
    const receivedAt = expiresAt - visibilityTimeoutSeconds * 1_000
    settlements.hide({ handle, key, expiresAt, visibleAt: receivedAt + maxHiddenMs })
    // The owner of the queue may have given it a redrive policy by the time when the message is shown again.
    dlq.forget()
    if (this.#hidden.has(key)) return
    this.#hidden.add(key)
    counters.invalidHidden += 1
    log.error(
      { messageId: key, reason },
      'message is invalid and there is no dead-letter queue: hidden until its queue ends it',
    )
  }
}
