import { randomUUID } from 'node:crypto'
import { clientQueueUrl } from './client-queue.js'
import { Retryable } from './error.js'
import { messageFor, sendable } from './message.js'
import { retrying } from './retrying.js'
import { QueueGone, send } from './send.js'
import { service } from './service.js'

export { clientQueueName, clientQueueUrl } from './client-queue.js'
export { PublishError } from './error.js'

/** @typedef {{ mode: number, instanceId: string | null, queueUrl: string | null }} Place */

/** @type {typeof import('./publisher.d.ts').createPublisher} */
export function createPublisher(options) {
  const { sqs, userQueueBaseUrl } = options
  const api = options.serviceUrl === undefined ? null : service(options)

  /** @param {string} addressee @returns {Promise<Place>} */
  const find = async (addressee) => {
    if (userQueueBaseUrl !== undefined) {
      return { mode: 2, instanceId: null, queueUrl: clientQueueUrl(userQueueBaseUrl, addressee) }
    }
    if (api === null) throw new TypeError('a publisher needs serviceUrl and getToken, or userQueueBaseUrl')
    return api.lookUp(addressee)
  }

  return {
    async publish({ otherwise, ...given }) {
      const id = given.id ?? randomUUID()
      const publication = sendable(given, id)
      // Throws before any request if the message is too large: its size does not depend on the queue.
      messageFor(publication, '')
      if (otherwise === 'store' && api === null)
        throw new TypeError("otherwise: 'store' needs a publisher with serviceUrl and getToken")
      let wasGone = false

      const { mode, sent } = await retrying(async (isLast) => {
        const { mode, instanceId, queueUrl } = await find(publication.addressee)
        if (queueUrl === null) {
          // The client's instance has just left; the client will soon be at another one.
          if (wasGone && !isLast) throw new Retryable(`${publication.addressee} is between two instances`)
          return { mode, sent: null }
        }
        try {
          const messageId = await send(sqs, queueUrl, publication)
          return { mode, sent: { queueUrl, instanceId, messageId } }
        } catch (error) {
          if (!(error instanceof QueueGone)) throw error
          // In mode 2 a client has no queue before its first poll.
          if (mode === 2) return { mode, sent: null }
          wasGone = true
          throw error
        }
      })
      if (sent !== null) return { status: 'sent', id, ...sent }
      if (otherwise !== 'store' || api === null) return { status: 'offline', id, mode }
      const { status, duplicate } = await retrying(() => api.store(publication))
      return { status: 'stored', id, live: status === 'live', duplicate }
    },
  }
}
