import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type RelayEntry, type RelayResult, readEntry } from '../delivery/peers/relay.ts'
import { Refusal } from '../delivery/refusal.ts'
import { forPeers } from './allowed-methods.ts'

interface Route {
  readonly path: string
  readonly keyHeader: string
  /** Returns the current key of this instance. */
  readonly key: () => string
  readonly receiveRelayed: (entry: RelayEntry) => RelayResult
  /** Resolves when everything acknowledged so far is deleted, or the deletion takes too long. Never rejects. */
  readonly deleted: () => Promise<void>
}

/** Room for a full batch of notifications as JSON, some of which are as large as a body may be. */
const bodyLimit = 8 * 1_048_576

/** The route that other instances post to. Without this instance's key the answer is that of an unknown path. */
export async function relayRoute(
  app: FastifyInstance,
  { path, keyHeader, key, receiveRelayed, deleted }: Route,
): Promise<void> {
  app.post(path, {
    bodyLimit,
    config: forPeers,
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
      // The sender may be about to read the stored notifications of a client that brought our cursors: those that the
      // cursors acknowledged, and those whose grace ended, must be deleted by then.
      await deleted()
      return reply.type('application/json').send({ results })
    },
  })
}

function isSame(given: string | string[] | undefined, key: string): boolean {
  if (typeof given !== 'string' || key === '' || given.length !== key.length) return false
  return timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(key, 'latin1'))
}
