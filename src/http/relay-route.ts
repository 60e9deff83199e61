import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { RelayReceiver } from '../delivery/peers/relay-receiver.ts'
import { Refusal } from '../delivery/refusal.ts'
import { forPeers } from './allowed-methods.ts'

interface Route {
  readonly path: string
  readonly keyHeader: string
  /** Returns the current key of this instance. */
  readonly key: () => string
  readonly receive: RelayReceiver
}

/** Room for a full batch of notifications as JSON, some of which are as large as a body may be. */
const bodyLimit = 8 * 1_048_576

/** The route that other instances post to. Without this instance's key the answer is that of an unknown path. */
export async function relayRoute(app: FastifyInstance, { path, keyHeader, key, receive }: Route): Promise<void> {
  app.post(path, {
    bodyLimit,
    config: { ...forPeers, operation: 'relay' },
    onRequest: async (request) => {
      if (!isSame(request.headers[keyHeader], key())) throw new Refusal('ERROR_NOT_FOUND')
    },
    handler: async (request, reply) => {
      const { entries } = (request.body ?? {}) as { entries?: unknown }
      if (!Array.isArray(entries)) throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'body must have entries' })
      return reply.type('application/json').send({ results: await receive(entries) })
    },
  })
}

function isSame(given: string | string[] | undefined, key: string): boolean {
  if (typeof given !== 'string' || key === '' || given.length !== key.length) return false
  return timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(key, 'latin1'))
}
