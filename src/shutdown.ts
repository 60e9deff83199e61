import type { FastifyInstance } from 'fastify'
import { pause } from './adapters/clock.ts'
import type { Clock } from './delivery/ports.ts'
import type { Mode } from './modes/mode.ts'

/** The maximum wait for a receive that was issued before the shutdown, which ends by itself after 20 s. */
const lastReceiveMs = 22_000
/** The maximum wait for a receive that was issued since, which ends by itself after a second. */
const shortReceiveMs = 1_500
/** Between two looks whether clients are still here. */
const lookEveryMs = 50
/** The maximum wait for SQS to confirm deletions and releases. */
const settleMs = 2_000
/** The maximum wait for responses that are being written. */
const closeMs = 2_000
/** Deadlines fire a little late. */
const lateMs = 200

interface Needs {
  readonly mode: Mode
  readonly app: FastifyInstance
  readonly clock: Clock
  readonly drainSpreadMs: number
  readonly graceMs: number
}

/**
 * Shuts down in order, in less than 30 s, with the longest drain 35 s: held polls end, so that clients go to other
 * instances; while they do, they are found and served here, and passed on as in any move; then the instance leaves the
 * directory; handed-over notifications are acknowledged at the end of their grace; all others go back to their queue.
 */
export async function shutDown({ mode, app, clock, drainSpreadMs, graceMs }: Needs): Promise<void> {
  // Waits that are given up leave no timers behind.
  const over = new AbortController()
  try {
    await leave({ mode, app, clock, drainSpreadMs, graceMs }, over.signal)
  } finally {
    over.abort()
  }
}

async function leave({ mode, app, clock, drainSpreadMs, graceMs }: Needs, over: AbortSignal): Promise<void> {
  const { mailboxes } = mode
  const startedAt = clock.now()
  mode.drain()
  mailboxes.shortenLinger(mode.drainLingerMs)
  await mailboxes.drain(drainSpreadMs)
  const lingersUntil = clock.now() + mode.drainLingerMs + lateMs
  while (mailboxes.hasClients && clock.now() < lingersUntil) await pause(clock, lookEveryMs, over)
  await mode.leave()
  if (mailboxes.releaseAll() > 0) await pause(clock, graceMs + lateMs, over)
  // Releases the leases whose response failed within its grace.
  mailboxes.releaseAll()
  // Idle connections are closed at once. Connections with an incomplete request have to be closed after a while: Node
  // no longer enforces its request timeout once the server is closing.
  const closed = app.close()
  await Promise.race([closed, pause(clock, closeMs, over)])
  app.server.closeAllConnections()
  await closed
  const remainingMs = Math.max(shortReceiveMs, lastReceiveMs - (clock.now() - startedAt))
  await Promise.race([mode.received(), pause(clock, remainingMs, over)])
  // Releases the notifications that the last receive returned for clients that were still here.
  mailboxes.releaseAll()
  await mode.settled(settleMs)
  await mode.takeDown()
  await mode.close()
}
