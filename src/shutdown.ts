import type { FastifyInstance } from 'fastify'
import { pause } from './adapters/sqs/pause.ts'
import type { Clock } from './delivery/ports.ts'
import type { Mode } from './modes/mode.ts'

/** Longest wait for the last receive, which runs out after 20 s. Milliseconds. */
const lastReceiveMs = 22_000
/** Longest wait for SQS to confirm what has ended. Milliseconds. */
const settleMs = 2_000
/** Longest wait for answers that are being written. Milliseconds. */
const closeMs = 2_000
/** Deadlines are called a little late. Milliseconds. */
const lateMs = 200

interface Needs {
  readonly mode: Mode
  readonly app: FastifyInstance
  readonly clock: Clock
  readonly drainSpreadMs: number
  readonly graceMs: number
}

/**
 * Leaves in order, in less than 30 s: nobody is sent here any more; the clients go elsewhere; what they were handed is
 * acknowledged when its grace is over; everything else goes back to its queue.
 */
export async function shutDown({ mode, app, clock, drainSpreadMs, graceMs }: Needs): Promise<void> {
  const { mailboxes } = mode
  const never = new AbortController().signal
  const startedAt = clock.now()
  const left = mode.leave()
  await mailboxes.drain(drainSpreadMs)
  if (mailboxes.releaseAll() > 0) await pause(clock, graceMs + lateMs, never)
  // What is idle goes at once. A connection without a complete request would keep it open for ever: Node checks their
  // time no more once the server closes.
  const closed = app.close()
  await Promise.race([closed, pause(clock, closeMs, never)])
  app.server.closeAllConnections()
  await closed
  await left
  const remainingMs = Math.max(0, lastReceiveMs - (clock.now() - startedAt))
  await Promise.race([mode.received(), pause(clock, remainingMs, never)])
  // What the last receive brought for clients that were still here.
  mailboxes.releaseAll()
  await mode.settled(settleMs)
  await mode.takeDown()
  await mode.close()
}
