import { randomUUID } from 'node:crypto'
import type { Send } from '../adapters/sqs/send.ts'
import { isSqsError } from '../adapters/sqs/sqs-error.ts'
import type { Publication } from '../delivery/publishing.ts'
import { Refusal } from '../delivery/refusal.ts'
import type { Gateway } from './mode.ts'

interface Needs {
  readonly queueUrlOf: (clientId: string) => string
  readonly send: Send
  /** Answers whether there is a queue now. */
  readonly makeQueue: (clientId: string) => Promise<boolean>
}

/**
 * Mode 2's gateway: what is accepted over HTTP is in its addressee's queue. Nothing is stored here, so a repeated id is
 * not noticed, and how long a notification waits is the queue's own business.
 */
export function queuedNotifications({ queueUrlOf, send, makeQueue }: Needs): Gateway {
  const deliver = async (publication: Publication) => {
    const { addressee, subject, body, contentType, correlationId } = publication
    const id = publication.id ?? randomUUID()
    const sentAt = new Date().toISOString()
    const notification = { id, addressee, subject, body, encoding: null, contentType, sentAt, correlationId }
    const queueUrl = queueUrlOf(addressee)
    try {
      await send(queueUrl, notification)
    } catch (error) {
      const isMissing = error instanceof Refusal && isSqsError(error.cause, 'QueueDoesNotExist')
      if (!isMissing || !(await makeQueue(addressee))) throw error
      await send(queueUrl, notification)
    }
    return { key: id, notification, deliveryCount: 0 }
  }
  const notHere = async (): Promise<never> => {
    throw new Refusal('ERROR_NOT_IMPLEMENTED')
  }
  return {
    publishing: { insert: async (publication) => ({ kind: 'stored', row: await deliver(publication) }) },
    announcer: { arrived: async () => 'queued', reach: async () => 'queued' },
    registrations: { create: notHere, list: notHere, revoke: notHere },
    callbacks: { accept: async () => ({ kind: 'unknown' }) },
  }
}
