import type { FastifyInstance } from 'fastify'
import { pause, within } from './adapters/clock.ts'
import { closeApp } from './close-app.ts'
import type { Clock, Log } from './delivery/ports.ts'
import type { Mode } from './modes/mode.ts'

/** A shutdown takes no longer, whatever hangs, unless its drain or its grace is long. */
const maxMs = 27_000
/** Nor longer than this after the longest drain. */
const maxAfterDrainMs = 12_500
/** The part of the grace that both include. */
const includedGraceMs = 1_000
/** A receive that was issued before the shutdown ends by itself after 20 s. */
const lastReceiveMs = 21_500
/** A receive that was issued since ends by itself after a second. */
const shortReceiveMs = 1_500
/** Between two looks whether clients are still here. */
const lookEveryMs = 50
/** Deadlines fire a little late. */
const lateMs = 200
/** Each step has at least this, however much of the time is gone. */
const leastMs = 200

/** The maximum of each step that waits for others. */
const limits = {
  /** For responses that are being written. */
  closeMs: 2_000,
  /** For SQS to confirm deletions and releases. */
  settleMs: 2_000,
  takeDownMs: 3_000,
  closeModeMs: 1_500,
}

interface Needs {
  readonly mode: Mode
  readonly app: FastifyInstance
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly drainSpreadMs: number
  readonly graceMs: number
}

/** The settings that a shutdown may take longer for, in milliseconds. */
type Waits = Pick<Needs, 'drainSpreadMs' | 'graceMs'>

/** Returns how long a shutdown takes at most: 27 s, with the longest drain 32.5 s, and a grace above a second on top. */
export function maxShutdownMs({ drainSpreadMs, graceMs }: Waits): number {
  return Math.max(maxMs, drainSpreadMs + maxAfterDrainMs) + Math.max(0, graceMs - includedGraceMs)
}

/**
 * Shuts down in order, within `maxShutdownMs`: held polls end, so that clients go to other instances; while they do,
 * they are found and served here, and passed on as in any move; then the instance leaves the directory; handed-over
 * notifications are acknowledged at the end of their grace; all others go back to their queue.
 *
 * A step that waits for somebody else has a time of its own, and is given up after that: SQS may hang, and the database, and
 * clients. Nothing is lost by that: a lease that nobody gave back ends, and a survivor drains a queue that is left.
 */
export async function shutDown(needs: Needs): Promise<void> {
  // Waits that are given up leave no timers behind.
  const over = new AbortController()
  try {
    await leave(needs, over.signal)
  } finally {
    over.abort()
  }
}

async function leave({ mode, app, clock, log, drainSpreadMs, graceMs }: Needs, over: AbortSignal): Promise<void> {
  const { mailboxes } = mode
  const startedAt = clock.now()
  const endsAt = startedAt + maxShutdownMs({ drainSpreadMs, graceMs })
  const { closeMs, settleMs, takeDownMs, closeModeMs } = limits
  /** Returns the time of a step that is followed by so many others. */
  const timeFor = (ms: number, followers: number) =>
    Math.max(leastMs, Math.min(ms, endsAt - clock.now() - followers * leastMs))
  const bounded = async (step: string, ms: number, done: Promise<unknown>) => {
    if (!(await within(clock, ms, done))) log.warn({ step, ms }, 'a step of the shutdown took too long and is given up')
  }

  mode.drain()
  mailboxes.shortenLinger(mode.drainLingerMs)
  await mailboxes.drain(drainSpreadMs)
  const lingersUntil = clock.now() + mode.drainLingerMs + lateMs
  while (mailboxes.clients.areAnyHere() && clock.now() < lingersUntil) await pause(clock, lookEveryMs, over)
  await mode.leave()
  if (mailboxes.releaseAll() > 0) await pause(clock, graceMs + lateMs, over)
  // Releases the leases whose response failed within its grace.
  mailboxes.releaseAll()
  // The sockets that it destroys at last have a moment, as a further step.
  await closeApp(app, clock, timeFor(closeMs, 5))
  // The last receive of a queue without messages lasts as long as SQS waits for one.
  const remainingMs = Math.max(shortReceiveMs, lastReceiveMs - (clock.now() - startedAt))
  await bounded('receive', timeFor(remainingMs, 3), mode.received())
  // Releases the notifications that the last receive returned for clients that were still here.
  mailboxes.releaseAll()
  await mode.settled(timeFor(settleMs, 2))
  await bounded('take down', timeFor(takeDownMs, 1), mode.takeDown())
  await bounded('close', timeFor(closeModeMs, 0), mode.close())
}
