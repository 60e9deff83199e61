import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { PublishError, Retryable } from './error.js'
import { lengthOf, messageFor } from './message.js'

/** @typedef {import('./message.js').Sendable} Sendable */

/** The time for a send, including the SDK's own retries. */
const deadlineMs = 10_000

/** A message of so many bytes fits into every queue that has SQS's former maximum, which many queues still have. */
const formerMaxLength = 262_144

/** The queue does not exist: its instance has left, or its client has not polled yet. */
export class QueueGone extends Retryable {}

/**
 * Sends a publication to a queue. Returns the id that SQS gave the message.
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {Sendable} publication
 * @returns {Promise<string>}
 */
export async function send(sqs, queueUrl, publication) {
  /** @param {boolean} asBytes */
  const attempt = (asBytes) =>
    sqs.send(new SendMessageCommand(messageFor(publication, queueUrl, asBytes)), {
      abortSignal: AbortSignal.timeout(deadlineMs),
    })
  try {
    await refuseTooLarge(sqs, queueUrl, lengthOf(messageFor(publication, queueUrl)))
    const sent = attempt(false).catch((error) => {
      if (codeOf(error) !== 'InvalidMessageContents' || typeof publication.body !== 'string') throw error
      return attempt(true)
    })
    return (await sent).MessageId ?? ''
  } catch (error) {
    throw refusalOf(error, queueUrl)
  }
}

/**
 * Asks the queue for its limit when the message has more than the former maximum, and throws a `RangeError` when it is
 * larger. A sender that may not ask learns from SQS.
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {number} length
 */
async function refuseTooLarge(sqs, queueUrl, length) {
  if (length <= formerMaxLength) return
  const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['MaximumMessageSize'] })
  const answer = await sqs.send(asked, { abortSignal: AbortSignal.timeout(deadlineMs) }).catch(() => null)
  const limit = Number(answer?.Attributes?.MaximumMessageSize)
  if (length > limit) throw new RangeError(`the message has ${length} bytes; the queue takes at most ${limit}`)
}

/**
 * Returns the error of SQS as one that callers know.
 * @param {any} cause
 * @param {string} queueUrl
 */
export function refusalOf(cause, queueUrl) {
  if (cause instanceof RangeError) return cause
  const code = codeOf(cause)
  const status = cause?.$metadata?.httpStatusCode ?? null
  if (code === 'QueueDoesNotExist' || code === 'NonExistentQueue') {
    return new QueueGone(`the queue ${queueUrl} does not exist`, { cause, status })
  }
  const message = `SQS did not accept the message: ${cause?.message ?? cause}`
  const isTemporary = status === null || status === 429 || status >= 500 || /Throttl|RequestLimit/.test(code)
  return isTemporary ? new Retryable(message, { cause, status }) : new PublishError(message, { cause, status })
}

/**
 * Returns the error code without the prefix that it has in the older protocol of SQS.
 * @param {any} error
 * @returns {string}
 */
function codeOf(error) {
  return String(error?.name ?? '')
    .split('.')
    .slice(-1)
    .join()
}
