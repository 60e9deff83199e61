import type { Logger } from 'pino'
import { createCallbacks } from '../adapters/postgres/callbacks.ts'
import { createPending } from '../adapters/postgres/pending.ts'
import type { Pool } from '../adapters/postgres/pool.ts'
import { createPublishing } from '../adapters/postgres/publishing.ts'
import { createRegistrations } from '../adapters/postgres/registrations.ts'
import { pause } from '../adapters/sqs/pause.ts'
import type { Config } from '../config.ts'
import { Arrivals, type PeerDirectory } from '../delivery/arrivals.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import { PendingLeases } from '../delivery/pending.ts'
import type { Clock } from '../delivery/ports.ts'
import type { Relay } from '../delivery/relay.ts'
import type { Gateway } from './mode.ts'
import { runPurge } from './purging.ts'
import { runSweep } from './sweep.ts'

interface Needs {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly config: Config
  readonly mailboxes: Mailboxes
  readonly peers: PeerDirectory
  readonly relay: Relay
}

/** Mode 1's callback gateway: what is accepted over HTTP is a row until it is acknowledged. */
export interface StoredNotifications {
  readonly gateway: Gateway
  readonly pending: PendingLeases
  readonly arrivals: Arrivals
  /** Looks after what was missed and what is over, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when what was acknowledged is deleted, or `withinMs` is over. */
  settled(withinMs: number): Promise<void>
}

export function storedNotifications({ pool, clock, log, config, mailboxes, peers, relay }: Needs): StoredNotifications {
  const stored = createPending({ pool, clock })
  const pending = new PendingLeases(mailboxes, stored, config.SQS_VISIBILITY_TIMEOUT_SECONDS * 1000)
  const arrivals = new Arrivals({ mailboxes, pending, peers, relay, clock })
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
  return {
    pending,
    arrivals,
    gateway: {
      registrations: createRegistrations({ pool }),
      callbacks: createCallbacks({ pool, clock, pendingTtlSeconds: config.PENDING_TTL_SECONDS }),
      publishing: createPublishing({ pool, clock }),
      announcer: arrivals,
    },
    async run(signal) {
      await Promise.all([
        runSweep({ stored, pending, mailboxes, sleep, log }, signal),
        runPurge({ pool, sleep, log }, signal),
      ])
    },
    async settled(withinMs) {
      const late = new AbortController()
      await Promise.race([pending.settled(), pause(clock, withinMs, late.signal)])
      late.abort()
      pending.close()
    },
  }
}
