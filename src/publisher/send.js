import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { Again, PublishError } from './error.js'
import { messageFor } from './message.js'

/** @typedef {import('./message.js').Sendable} Sendable */

/** Milliseconds that SQS may take, the SDK's own repetitions included. */
const deadlineMs = 10_000

/** The queue is no longer there: its instance has left, or its client never had one. */
export class QueueGone extends Again {}

/**
 * Sends it to this queue; answers SQS's id for the message.
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
    const sent = attempt(false).catch((error) => {
      if (codeOf(error) !== 'InvalidMessageContents' || typeof publication.body !== 'string') throw error
      return attempt(true)
    })
    return (await sent).MessageId ?? ''
  } catch (error) {
    throw refusalOf(error, queueUrl)
  }
}

/** @param {any} cause @param {string} queueUrl */
function refusalOf(cause, queueUrl) {
  if (cause instanceof RangeError) return cause
  const code = codeOf(cause)
  const status = cause?.$metadata?.httpStatusCode ?? null
  if (code === 'QueueDoesNotExist' || code === 'NonExistentQueue') {
    return new QueueGone(`there is no queue ${queueUrl}`, { cause, status })
  }
  const message = `SQS did not take it: ${cause?.message ?? cause}`
  const isTheirs = status === null || status === 429 || status >= 500 || /Throttl|RequestLimit/.test(code)
  return isTheirs ? new Again(message, { cause, status }) : new PublishError(message, { cause, status })
}

/**
 * Codes of the older protocol come with a prefix.
 * @param {any} error
 * @returns {string}
 */
function codeOf(error) {
  return String(error?.name ?? '')
    .split('.')
    .slice(-1)
    .join()
}
