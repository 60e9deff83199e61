import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type RelayEntry, type RelayResult, readEntry } from '../delivery/peers/relay.ts'
import { Refusal } from '../delivery/refusal.ts'

interface Route {
  readonly path: string
  readonly keyHeader: string
  /** The key of this instance at this moment. */
  readonly key: () => string
  readonly receiveRelayed: (entry: RelayEntry) => RelayResult
  /** Resolves when what was acknowledged by now is deleted, or does not get deleted in time. Never rejects. */
  readonly deleted: () => Promise<void>
}

/** A full batch of notifications, each written as JSON, some of them alone as large as a body may be. */
const bodyLimit = 8 * 1_048_576

/** Where the other instances tell this one something. Without this instance's key it is a path like any unknown one. */
export async function relayRoute(
  app: FastifyInstance,
  { path, keyHeader, key, receiveRelayed, deleted }: Route,
): Promise<void> {
  app.post(path, {
    bodyLimit,
    onRequest: async (request) => {
      if (!isSame(request.headers[keyHeader], key())) throw new Refusal('ERROR_NOT_FOUND')
    },
    handler: async (request, reply) => {
      const { entries } = (request.body ?? {}) as { entries?: unknown }
      if (!Array.isArray(entries)) throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'body must have entries' })
      const results = entries.map((value) => {
        const entry = readEntry(value)
        return entry === null ? {} : receiveRelayed(entry)
      })
      // The sender may be about to read what is stored for a client that came to it with our cursors: what those have
      // acknowledged, or what was in its grace, must not be found there any more.
      await deleted()
      return reply.type('application/json').send({ results })
    },
  })
}

function isSame(given: string | string[] | undefined, key: string): boolean {
  if (typeof given !== 'string' || key === '' || given.length !== key.length) return false
  return timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(key, 'latin1'))
}
