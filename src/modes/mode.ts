import type { Logger } from 'pino'
import type { Pool } from '../adapters/postgres/pool.ts'
import type { StoredMeasure } from '../adapters/postgres/stored-measure.ts'
import type { CallPeer, RelayCounters } from '../adapters/relay/relay.ts'
import type { SqsCounters } from '../adapters/sqs/counters.ts'
import type { Config } from '../config.ts'
import type { Gauge } from '../delivery/gauge.ts'
import type { AcknowledgementWaits } from '../delivery/intake/acknowledgement-waits.ts'
import type { Callbacks, Registrations } from '../delivery/intake/callbacks.ts'
import type { IntakeCounters } from '../delivery/intake/intake-queue.ts'
import type { Publishing } from '../delivery/intake/publishing.ts'
import type { Tickets } from '../delivery/intake/tickets.ts'
import type { WakeUps } from '../delivery/intake/wake-ups.ts'
import type { WaysOn } from '../delivery/intake/ways-on.ts'
import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { Acknowledgements } from '../delivery/peers/acknowledgements.ts'
import type { RelayReceiver } from '../delivery/peers/relay-receiver.ts'
import type { Clock, Dispatcher, FindSession } from '../delivery/ports.ts'
import type { FindReceipt } from '../delivery/receipt.ts'
import type { Finding } from '../delivery/refusal.ts'
import type { Sessions } from '../delivery/sessions.ts'

/** Makes the core around the one port that depends on the mode. */
export type MakeMailboxes = (needs: {
  readonly sessions: Sessions
  readonly identity: { readonly id: string }
  readonly onForeignCursor?: (clientId: string, cursor: string) => void
  readonly markOf?: (key: string) => string
}) => Mailboxes

/** Counts of wake-ups, by the kind of device and by how they ended. */
export type WakeUpCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The way in over HTTP: a notification is stored first and then dispatched to its addressee. */
export interface Gateway {
  readonly registrations: Registrations
  readonly callbacks: Callbacks
  readonly publishing: Publishing
  readonly dispatcher: Dispatcher
  readonly findReceipt: FindReceipt
  /** Callers that wait for an acknowledgement; null where no instance can know of one. */
  readonly waits: AcknowledgementWaits | null
}

/** Where and how other instances tell this one something. */
export interface Relayed {
  readonly path: string
  readonly keyHeader: string
  /** Returns the key that they must show at this moment. */
  readonly key: () => string
  readonly receive: RelayReceiver
}

/** The part of a database that the metrics read. */
export interface WatchedDatabase extends Pick<Pool, 'statements' | 'lanes'> {
  /** Looks how many notifications are stored, and since when. Rejects when the database does not answer. */
  measureStored(): Promise<StoredMeasure>
}

/** The parts of a mode that tracing watches. */
export interface ModeTracing {
  /** Returns the ways on of the intake queue, watched. */
  waysOn(waysOn: WaysOn): WaysOn
  readonly callPeer: CallPeer
}

/**
 * How notifications reach this instance, and how senders find their addressee: what differs between the two modes.
 * Everything else of the service is the same code.
 */
export interface Mode {
  readonly mode: 1 | 2
  readonly mailboxes: Mailboxes
  readonly counters: {
    readonly sqs: SqsCounters
    /** Notifications sent on to other instances, and those that could not be. */
    readonly forwards: { readonly sent: number; readonly failed: number }
    /** Entries for other instances; null where instances do not know each other. */
    readonly relays: RelayCounters | null
    /** Stored notifications; null where nothing is stored. */
    readonly stored: { readonly expired: number; readonly expiredAsSaid: number } | null
    /** Wake-ups, by the kind of device and how they ended; null where nobody is woken. */
    readonly wakeUps: WakeUpCounts | null
    /** Notifications from the intake queue. */
    readonly intake: Readonly<IntakeCounters>
  }
  /** The database as the metrics see it; null without any. */
  readonly database: WatchedDatabase | null
  /** How far the bounds of the mode are used. */
  readonly gauges: readonly Gauge[]
  /** The id of this instance at this moment. */
  readonly instanceId: () => string
  readonly findSession: FindSession
  readonly acknowledgements: Acknowledgements
  readonly gateway: Gateway
  readonly tickets: Tickets
  /** The devices that are woken while their client holds no poll. */
  readonly wakeUps: WakeUps
  /** The entries of other instances; null where instances do not know each other. */
  readonly relayed: Relayed | null
  /** Checks what newcomers need, by name. */
  readonly check: () => Promise<Record<string, Finding>>
  /**
   * Begins to receive. Called once, when the service listens. Waits while the database or SQS is away. Rejects when that
   * cannot help, or when the signal aborts, and then leaves nothing.
   */
  start(stop: AbortSignal): Promise<void>
  /** How long a session outlives the last poll of its client once the instance drains. */
  readonly drainLingerMs: number
  /** Begins to drain: work that is not for the clients of this instance ends. Its clients are served on, and found. */
  drain(): void
  /**
   * Leaves, when no client is here any more: senders do not find this instance from now on, and no further receive is
   * issued as soon as nothing more is to be expected of those that had found it before. Takes at most 7 s.
   */
  leave(): Promise<void>
  /**
   * Resolves when the last receive has run out and nothing is on its way to another instance. A caller that leaves does not
   * wait for ever, here or below: SQS or the database may hang.
   */
  received(): Promise<void>
  /** Resolves when SQS has confirmed what has ended, or `withinMs` is over. */
  settled(withinMs: number): Promise<void>
  /** Takes down what this instance leaves behind, as far as nobody needs it. */
  takeDown(): Promise<void>
  /** Closes what is open. */
  close(): Promise<void>
}

export interface ModeNeeds {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly makeMailboxes: MakeMailboxes
  readonly tracing: ModeTracing
  /** Where other instances reach this one; known once the service listens. */
  readonly address: () => string
  readonly onFatal: (reason: string) => void
  /** Called when a later process has taken over the fixed id of this one, which has to stop in order. */
  readonly onSuperseded: () => void
}

/** Opens what a mode needs outside of the process. */
export type OpenMode = (needs: ModeNeeds) => Promise<Mode>
