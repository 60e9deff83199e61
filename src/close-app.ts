import type { FastifyInstance } from 'fastify'
import { within } from './adapters/clock.ts'
import type { Clock } from './delivery/ports.ts'

/** Sockets that were destroyed are closed a moment later. */
const lastSocketsMs = 200

/**
 * Closes the application: idle connections at once, all others when their responses are out, at the latest after
 * `patienceMs`. Node enforces no time limit of a request once its server is closing, and knows nothing of a connection that
 * was to become a WebSocket; so whatever is left then is destroyed. Takes at most 200 ms more.
 */
export async function closeApp(app: FastifyInstance, clock: Clock, patienceMs: number): Promise<void> {
  const closed = app.close()
  await within(clock, patienceMs, closed)
  app.connections.destroy()
  await within(clock, lastSocketsMs, closed)
}
