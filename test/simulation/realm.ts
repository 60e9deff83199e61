import type { Lease } from '../../src/delivery/lease.ts'
import type { Mailboxes } from '../../src/delivery/mailboxes.ts'
import type { Notification } from '../../src/delivery/notification.ts'
import type { Acknowledgements } from '../../src/delivery/peers/acknowledgements.ts'
import type { Poll } from '../../src/delivery/poll.ts'
import type { Process } from './process.ts'
import type { Told } from './receipt-book.ts'

/** A connection to an instance, as the instance knows it. */
export interface Connection {
  /** The poll or stream that is held on it. */
  readonly held: Poll | null
  /** The machine at the instance's end is gone. */
  hostDied(): void
}

/** One running process of the service: the real core, and stand-ins for everything around it. */
export interface Instance {
  /** Names the process in what is found; its id may change while it lives. */
  readonly name: string
  readonly process: Process
  readonly mailboxes: Mailboxes
  readonly acknowledgements: Acknowledgements
  readonly wires: Set<Connection>
  /** Whether it is up and takes requests. */
  readonly open: boolean
  /** Whether the client was ever announced here. */
  wasRecorded(clientId: string): boolean
  /** Whether its source shows the notification to nobody else at this moment. */
  isLeased(lease: Lease): boolean
  /** Tells the process to stop, as SIGTERM does. */
  stop(): void
  /** Ends the work that never ends by itself, so that the timers that remain are those left behind. */
  rest(): void
}

/** The start of one instance. */
export interface Start {
  /** Counts the starts of a run, from 1. */
  readonly number: number
  /** The instance in whose place it starts, if there is any. */
  readonly before: Instance | null
  readonly onDeath: (instance: Instance) => void
}

/** The differences between the modes: where notifications wait, who receives them, and what is known of clients. */
export interface Realm {
  start(start: Start): Instance
  /** Whether another process lives under the id of this one. */
  hasSuccessor(instance: Instance): boolean
  died(instance: Instance): void
  /** A publisher with access to SQS sends. From there on it is accepted. */
  publish(addressee: string): void
  /** A sender posts to an instance: a notification whose answer is 202 is accepted. */
  post(addressee: string): void
  /** Makes what was missing, such as queues, because the world heals. */
  heal(): void
  /** The notifications that wait in a queue or table. */
  readonly waiting: Iterable<Notification>
  /** Returns what is known of the notification at this moment, where that is stored; null for nothing. */
  receiptOf(notification: Notification): Told | null
  /** Whether nothing is under way to anybody who polls. */
  readonly isEmpty: boolean
  /** Tells the ledger what is wrong in this mode at this moment. */
  check(): void
  /** How long it takes until everything is known to everybody, after the world has healed. */
  readonly settlingMs: number
  /** Tells `look` how many things of each kind are left when everyone has left. */
  lookAtRests(look: (what: string, count: number) => void): void
}
