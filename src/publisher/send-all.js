import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { PublishError, Retryable } from './error.js'
import { lengthOf, messageFor } from './message.js'
import { retrying } from './retrying.js'
import { QueueGone, refusalOf, send } from './send.js'

/** @typedef {import('./message.js').Sendable} Sendable */
/** @typedef {{ readonly messageId: string } | { readonly error: Error }} Sent */
/** @typedef {{ readonly at: number, readonly publication: Sendable, readonly length: number }} Entry */

/** Entries of one batch, and bytes of all together: today SQS takes 1 MiB, and for long it took no more than this. */
const maxEntries = 10
const maxBatchLength = 262_144
/** The time for a batch, including the SDK's own retries. */
const deadlineMs = 10_000
/** Batches under way at once: enough to keep a queue busy, and no burst of sockets. */
const maxAtOnce = 8

/**
 * Sends publications to one queue, up to ten in each request. Each has a result of its own, in their order; a message that
 * SQS could not take at the moment is sent again a few times.
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {readonly Sendable[]} publications
 * @returns {Promise<Sent[]>}
 */
export async function sendAll(sqs, queueUrl, publications) {
  /** @type {Sent[]} */
  const results = []
  /** @type {Entry[]} */
  const entries = []
  for (const [at, publication] of publications.entries()) {
    try {
      entries.push({ at, publication, length: lengthOf(messageFor(publication, queueUrl)) })
    } catch (error) {
      results[at] = { error: /** @type {Error} */ (error) }
    }
  }
  const batches = batchesOf(entries).values()
  const work = async () => {
    for (const batch of batches) await sendBatch(sqs, queueUrl, batch, results)
  }
  // The order of a FIFO queue is that in which its batches are sent.
  await Promise.all(Array.from({ length: queueUrl.endsWith('.fifo') ? 1 : maxAtOnce }, work))
  return results
}

/**
 * @param {readonly Entry[]} entries
 * @returns {Entry[][]}
 */
function batchesOf(entries) {
  /** @type {Entry[][]} */
  const batches = []
  let room = 0
  for (const entry of entries) {
    const last = batches.at(-1)
    if (last !== undefined && last.length < maxEntries && entry.length <= room) {
      last.push(entry)
      room -= entry.length
    } else {
      batches.push([entry])
      room = maxBatchLength - entry.length
    }
  }
  return batches
}

/**
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {Entry[]} batch
 * @param {Sent[]} results
 */
async function sendBatch(sqs, queueUrl, batch, results) {
  let waiting = batch
  let isGone = false
  await retrying(async () => {
    const answer = await sqs
      .send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: waiting.map(({ publication }, i) => {
            const { QueueUrl: _, ...message } = messageFor(publication, queueUrl)
            return { ...message, Id: String(i) }
          }),
        }),
        { abortSignal: AbortSignal.timeout(deadlineMs) },
      )
      .catch((error) => {
        const refusal = refusalOf(error, queueUrl)
        if (!(refusal instanceof QueueGone)) throw refusal
        // An intake queue is always there, or was never made.
        isGone = true
        throw new PublishError(refusal.message, { cause: refusal.cause, status: refusal.status })
      })
    for (const { Id, MessageId = '' } of answer.Successful ?? []) {
      const entry = waiting[Number(Id)]
      if (entry) results[entry.at] = { messageId: MessageId }
    }
    const failed = answer.Failed ?? []
    /** @type {Entry[]} */
    const again = []
    let reason = ''
    for (const { Id, SenderFault, Code, Message } of failed) {
      const entry = waiting[Number(Id)]
      if (entry === undefined) continue
      if (SenderFault !== true) {
        again.push(entry)
        reason = `SQS did not accept the message: ${Message ?? Code}`
      } else results[entry.at] = await sentAlone(sqs, queueUrl, entry.publication)
    }
    waiting = again
    if (again.length > 0) throw new Retryable(reason)
  }).catch(async (error) => {
    // A refusal of the whole request may be about one message.
    const isShared = error instanceof Retryable || isGone
    for (const { at, publication } of waiting) {
      results[at] = isShared ? { error } : await sentAlone(sqs, queueUrl, publication)
    }
  })
}

/**
 * Sends a message that SQS refused in a batch by itself: some characters have to be sent as base64, and the refusal names
 * its reason.
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {Sendable} publication
 * @returns {Promise<Sent>}
 */
async function sentAlone(sqs, queueUrl, publication) {
  try {
    return { messageId: await retrying(() => send(sqs, queueUrl, publication)) }
  } catch (error) {
    return { error: error instanceof Error ? error : new PublishError(String(error)) }
  }
}
