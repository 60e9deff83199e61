import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Log } from '../../delivery/ports.ts'
import type { SqsCounters } from './counters.ts'
import { fifoFields } from './send.ts'
import type { Settlements } from './settlements.ts'

/** SQS allows ten attributes on a message. */
const maxAttributes = 10
const reasonName = 'invalid-reason'

/** Moves messages that are not notifications to the dead-letter queue, where somebody sees them. */
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
    /** Returns the URL of the dead-letter queue; null only when there certainly is none: then messages are deleted. */
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
          // SQS accepts no empty body, not even here.
          MessageBody: message.Body || 'empty',
          MessageAttributes: withReason(message.MessageAttributes ?? {}, reason),
          // The message id deduplicates: a message whose delete failed does not arrive twice.
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

/** Returns the attributes and the reason. Of ten attributes one is dropped: `hops` if it is there, else the last. */
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

/** Returns the attribute without its list members, which SQS returns but does not accept. */
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
