import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SqsCounters } from './counters.ts'
import { fifoFields } from './fifo.ts'
import type { Log } from './log.ts'
import type { Settlements } from './settlements.ts'

/** SQS carries ten attributes with a message. */
const maxAttributes = 10
const reasonName = 'invalid-reason'

/** Where messages go that are no notifications, so that somebody sees them. */
export class DeadLetters {
  readonly #needs: {
    readonly client: SQSClient
    readonly findDlq: () => Promise<string | null>
    readonly settlements: Settlements
    readonly log: Log
    readonly counters: SqsCounters
  }

  constructor(needs: {
    /** The acting client. */
    readonly client: SQSClient
    /** The queue's URL; null only when it is certain that there is none: then invalid messages are deleted. */
    readonly findDlq: () => Promise<string | null>
    readonly settlements: Settlements
    readonly log: Log
    readonly counters: SqsCounters
  }) {
    this.#needs = needs
  }

  /**
   * Moves the message to the dead-letter queue: sent first and then deleted, so that it is never nowhere. When it
   * cannot be sent, or the queue cannot be found, it is left to its visibility timeout. Never rejects.
   */
  async take(message: Message, reason: string, expiresAt: number): Promise<void> {
    const { client, findDlq, settlements, log, counters } = this.#needs
    const { MessageId: messageId = '', ReceiptHandle: handle = '' } = message
    counters.invalid += 1
    try {
      const dlqUrl = await findDlq()
      if (dlqUrl === null) {
        counters.invalidDeleted += 1
        log.error({ messageId, reason }, 'message is invalid and there is no dead-letter queue: deleted')
        settlements.delete(handle, messageId, expiresAt)
        return
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: dlqUrl,
          // An empty body cannot be sent, not even to where it is complained about.
          MessageBody: message.Body || 'empty',
          MessageAttributes: withReason(message.MessageAttributes ?? {}, reason),
          // By its message id, so that one whose delete failed does not arrive twice.
          ...fifoFields(dlqUrl, message.Attributes?.MessageGroupId ?? messageId, messageId),
        }),
      )
    } catch (err) {
      log.error({ err, messageId, reason }, 'message is invalid and could not be moved to the dead-letter queue: left')
      return
    }
    log.warn({ messageId, reason }, 'message is invalid: moved to the dead-letter queue')
    settlements.delete(handle, messageId, expiresAt)
  }
}

/** The attributes with the reason among them; of ten, one gives way: ours if it is there, else the last. */
function withReason(
  attributes: Record<string, MessageAttributeValue>,
  reason: string,
): Record<string, MessageAttributeValue> {
  const kept = Object.entries(attributes).filter(([name]) => name !== reasonName)
  if (kept.length >= maxAttributes) {
    const ours = kept.findIndex(([name]) => name === 'hops')
    kept.splice(ours === -1 ? maxAttributes - 1 : ours, 1)
  }
  return Object.fromEntries([...kept.map(resendable), [reasonName, { DataType: 'String', StringValue: reason }]])
}

/** The list members of a received attribute are reserved and may not be sent. */
function resendable([name, { DataType, StringValue, BinaryValue }]: [string, MessageAttributeValue]): [
  string,
  MessageAttributeValue,
] {
  return [
    name,
    {
      DataType,
      ...(StringValue === undefined ? {} : { StringValue }),
      ...(BinaryValue === undefined ? {} : { BinaryValue }),
    },
  ]
}
