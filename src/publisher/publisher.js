import { randomUUID } from 'node:crypto'
import { clientQueueUrl } from './client-queue.js'
import { PublishError, Retryable } from './error.js'
import { messageFor, sendable } from './message.js'
import { retrying } from './retrying.js'
import { QueueGone, send } from './send.js'
import { sendAll } from './send-all.js'
import { service } from './service.js'

export { clientQueueName, clientQueueUrl } from './client-queue.js'
export { PublishError } from './error.js'

/**
 * One attempt to send: into a queue, or to nobody, since the client is nowhere. The mode is that of the service.
 * @typedef {(
 *   | { status: 'sent', queueUrl: string, instanceId: string | null, messageId: string }
 *   | { status: 'offline', mode: number }
 * )} Attempted
 */

/** @type {typeof import('./publisher.d.ts').createPublisher} */
export function createPublisher(options) {
  const { sqs, userQueueBaseUrl, intakeQueueUrl } = options
  const api = options.serviceUrl === undefined ? null : service(options)

  /** @param {string} addressee */
  const find = async (addressee) => {
    if (userQueueBaseUrl !== undefined) {
      return { mode: 2, instanceId: null, queueUrl: clientQueueUrl(userQueueBaseUrl, addressee) }
    }
    if (api === null) {
      throw new TypeError('a publisher needs intakeQueueUrl, serviceUrl and getToken, or userQueueBaseUrl')
    }
    return api.lookUp(addressee)
  }

  /**
   * Returns an attempt to send to the queue that the client has at the time of the attempt.
   * @param {import('./message.js').Sendable} publication
   * @returns {(isLast: boolean) => Promise<Attempted>}
   */
  const toClient = (publication) => {
    let wasGone = false
    return async (isLast) => {
      const { mode, instanceId, queueUrl } = await find(publication.addressee)
      if (queueUrl === null) {
        // The client's instance has just left; the client will soon be at another one.
        if (wasGone && !isLast) throw new Retryable(`${publication.addressee} is between two instances`)
        return { status: 'offline', mode }
      }
      try {
        return { status: 'sent', queueUrl, instanceId, messageId: await send(sqs, queueUrl, publication) }
      } catch (error) {
        if (!(error instanceof QueueGone)) throw error
        // In mode 2 a client has no queue before its first poll.
        if (mode === 2) return { status: 'offline', mode }
        wasGone = true
        throw error
      }
    }
  }

  /**
   * Returns an attempt to send to the intake queue, which is always there, or was never made.
   * @param {import('./message.js').Sendable} publication
   * @param {string} queueUrl
   * @returns {() => Promise<Attempted>}
   */
  const toIntake = (publication, queueUrl) => async () => {
    try {
      return { status: 'sent', queueUrl, instanceId: null, messageId: await send(sqs, queueUrl, publication) }
    } catch (error) {
      if (!(error instanceof QueueGone)) throw error
      throw new PublishError(error.message, { cause: error.cause, status: error.status })
    }
  }

  /** @type {import('./publisher.d.ts').Publisher} */
  const publisher = {
    async publish({ otherwise, ...given }) {
      const id = given.id ?? randomUUID()
      const publication = sendable(given, id)
      // Throws before any request if the message is too large: its size does not depend on the queue.
      messageFor(publication, '')
      if (otherwise === 'store' && api === null)
        throw new TypeError("otherwise: 'store' needs a publisher with serviceUrl and getToken")
      const attempted = await retrying(
        intakeQueueUrl === undefined ? toClient(publication) : toIntake(publication, intakeQueueUrl),
      )
      if (attempted.status === 'sent' || otherwise !== 'store' || api === null) return { ...attempted, id }
      const { status, duplicate } = await retrying(() => api.store(publication))
      return { status: 'stored', id, live: status === 'live', duplicate }
    },

    publishAll(publications) {
      return intakeQueueUrl === undefined
        ? publishEach(publisher, publications)
        : sendEach(sqs, intakeQueueUrl, publications)
    },
  }
  return publisher
}

/** @typedef {import('./publisher.d.ts').Publication} Publication */
/** @typedef {import('./publisher.d.ts').Outcome} Outcome */

/** Publications under way at once, each of which looks a client up. */
const maxAtOnce = 16

/**
 * @param {Pick<import('./publisher.d.ts').Publisher, 'publish'>} publisher
 * @param {readonly Publication[]} publications
 */
async function publishEach(publisher, publications) {
  /** @type {Outcome[]} */
  const outcomes = []
  const entries = publications.entries()
  const work = async () => {
    for (const [at, given] of entries) {
      const id = given.id ?? randomUUID()
      outcomes[at] = await publisher
        .publish({ ...given, id })
        .catch((error) => ({ status: /** @type {const} */ ('failed'), id, error }))
    }
  }
  await Promise.all(Array.from({ length: maxAtOnce }, work))
  return outcomes
}

/**
 * @param {import('./publisher.d.ts').SqsSender} sqs
 * @param {string} queueUrl
 * @param {readonly Publication[]} publications
 */
async function sendEach(sqs, queueUrl, publications) {
  /** @type {Outcome[]} */
  const outcomes = []
  /** @type {{ at: number, publication: import('./message.js').Sendable }[]} */
  const valid = []
  for (const [at, { otherwise: _, ...given }] of publications.entries()) {
    const id = given.id ?? randomUUID()
    try {
      valid.push({ at, publication: sendable(given, id) })
    } catch (error) {
      outcomes[at] = { status: 'failed', id, error: /** @type {Error} */ (error) }
    }
  }
  const results = await sendAll(
    sqs,
    queueUrl,
    valid.map(({ publication }) => publication),
  )
  for (const [
    i,
    {
      at,
      publication: { id },
    },
  ] of valid.entries()) {
    const result = results[i] ?? { error: new PublishError('SQS did not say what became of the message') }
    outcomes[at] =
      'error' in result
        ? { status: 'failed', id, error: result.error }
        : { status: 'sent', id, ...result, queueUrl, instanceId: null }
  }
  return outcomes
}
