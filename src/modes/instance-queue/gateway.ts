import type { Logger } from 'pino'
import { pause } from '../../adapters/clock.ts'
import { createCallbacks } from '../../adapters/postgres/callbacks.ts'
import { createPending } from '../../adapters/postgres/pending.ts'
import type { Pool } from '../../adapters/postgres/pool.ts'
import { createPublishing } from '../../adapters/postgres/publishing.ts'
import { createRegistrations } from '../../adapters/postgres/registrations.ts'
import type { Config } from '../../config.ts'
import { PendingLeases } from '../../delivery/intake/pending.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Directory } from '../../delivery/peers/directory.ts'
import { PeerDispatcher } from '../../delivery/peers/dispatch.ts'
import type { Relay } from '../../delivery/peers/relay.ts'
import type { Clock } from '../../delivery/ports.ts'
import type { Gateway } from '../mode.ts'
import { runPurge } from './purging.ts'
import { runSweep } from './sweep.ts'

interface Needs {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly config: Config
  readonly mailboxes: Mailboxes
  readonly directory: Directory
  readonly relay: Relay
}

/** Another instance waits a second for the word that its client has left us, and then reads without it. */
const deletionMs = 700

/** Mode 1's callback gateway: what is accepted over HTTP is a row until it is acknowledged. */
export interface StoredNotifications {
  readonly gateway: Gateway
  readonly pending: PendingLeases
  readonly dispatcher: PeerDispatcher
  /** Resolves when what was acknowledged by now is deleted, or that takes too long for one who waits for the answer. */
  deleted(): Promise<void>
  /** Looks after what was missed and what is over, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when what was acknowledged is deleted, or `withinMs` is over. */
  settled(withinMs: number): Promise<void>
}

export function storedNotifications({
  pool,
  clock,
  log,
  config,
  mailboxes,
  directory,
  relay,
}: Needs): StoredNotifications {
  const stored = createPending({ pool, clock })
  const pending = new PendingLeases(mailboxes, stored, config.SQS_VISIBILITY_TIMEOUT_SECONDS * 1000)
  const dispatcher = new PeerDispatcher({ mailboxes, pending, directory, relay, clock })
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
  const within = async (ms: number, done: Promise<void>) => {
    const late = new AbortController()
    await Promise.race([done, sleep(ms, late.signal)])
    late.abort()
  }
  return {
    pending,
    dispatcher,
    gateway: {
      registrations: createRegistrations({ pool }),
      callbacks: createCallbacks({ pool, clock, pendingTtlSeconds: config.PENDING_TTL_SECONDS }),
      publishing: createPublishing({ pool, clock }),
      dispatcher: dispatcher,
    },
    deleted: () => within(deletionMs, pending.answered()),
    async run(signal) {
      await Promise.all([
        runSweep({ stored, pending, mailboxes, sleep, log }, signal),
        runPurge({ pool, sleep, log }, signal),
      ])
    },
    async settled(withinMs) {
      await within(withinMs, pending.settled())
      pending.close()
    },
  }
}
