import type { PendingLeases } from '../../../src/delivery/intake/pending.ts'
import type { Lease } from '../../../src/delivery/lease.ts'
import type { Mailboxes } from '../../../src/delivery/mailboxes.ts'
import type { Acknowledgements } from '../../../src/delivery/peers/acknowledgements.ts'
import type { PeerDispatcher } from '../../../src/delivery/peers/dispatch.ts'
import type { Forwarding } from '../../../src/delivery/peers/forwarding.ts'
import { emptyResult, type RelayEntry, type RelayResult } from '../../../src/delivery/peers/relay.ts'
import type { Membership } from '../../../src/modes/instance-queue/membership.ts'
import { boundsOf, graceMs, heartbeatMs, visibilityMs } from '../bounds.ts'
import type { FakeQueue } from '../fake-queue.ts'
import { Process } from '../process.ts'
import type { Instance } from '../realm.ts'
import type { Wire } from '../wire.ts'
import type { World } from '../world.ts'
import { pendingStore } from './fake-store.ts'
import { forwarder } from './forwarder.ts'
import type { InstanceQueues } from './instance-queues.ts'
import { instanceRows } from './instance-rows.ts'
import { InstanceSessions, TakenForDead } from './instance-sessions.ts'
import { Peers, peerOf } from './peers.ts'
import { Readers } from './readers.ts'

const silent = { info() {}, warn() {}, error() {} }

/** One running process in mode 1: the real core and the real membership, and stand-ins for everything around them. */
export class InstanceQueueInstance implements Instance {
  readonly realm: InstanceQueues
  readonly world: World
  readonly name: string
  readonly process: Process
  readonly mailboxes: Mailboxes
  readonly delivery: Forwarding
  readonly pending: PendingLeases
  readonly dispatcher: PeerDispatcher
  readonly acknowledgements: Acknowledgements
  readonly sessions: InstanceSessions
  readonly wires = new Set<Wire>()
  readonly queueOf = new Map<string, FakeQueue>()
  /** The client that another instance, or the table, says has moved, while we hear of it. */
  hearsOf: string | null = null
  stopping = false
  readonly #membership: Membership
  readonly #peers: Peers
  readonly #receive: (entry: RelayEntry) => RelayResult
  #joined = false
  #beating = true
  readonly #readers = new Readers(this)

  constructor(realm: InstanceQueues, number: number) {
    const { world, core } = realm
    this.realm = realm
    this.world = world
    this.name = `instance ${number}`
    this.process = new Process(world)
    this.process.onDeath = () => this.#died()
    this.sessions = new InstanceSessions(this)
    this.mailboxes = new core.Mailboxes({
      clock: this.process.clock,
      sessions: {
        announce: (clientId) => this.#announce(clientId),
        forget: (clientId) => this.sessions.forget(clientId),
      },
      random: world.random.next,
      instanceId: '',
      epoch: number.toString(36),
      onForeignCursor: (clientId, cursor) => void this.acknowledgements.byCursor(clientId, cursor),
      bounds: boundsOf(world),
    })
    this.delivery = new core.Forwarding({
      mailboxes: this.mailboxes,
      directory: this.sessions,
      forwarder: forwarder(this),
    })
    this.#peers = new Peers(this)
    const { mailboxes, delivery } = this
    const among = { mailboxes, relay: this.#peers, directory: this.#peers }
    this.acknowledgements = core.acknowledgementsAmongPeers(among)
    this.pending = new core.PendingLeases(mailboxes, pendingStore(this), visibilityMs)
    this.dispatcher = new core.PeerDispatcher({ ...among, pending: this.pending, clock: this.process.clock })
    this.#receive = core.relayReceiver({
      mailboxes,
      delivery,
      takePending: (row) => this.dispatcher.receiveRelayed(row),
    })
    this.#membership = new core.Membership({
      instances: instanceRows(this),
      sessions: this.sessions.anew,
      mailboxes,
      delivery: { moved: (clientId: string) => this.#moved(clientId) } as unknown as Forwarding,
      address: () => '',
      fixedId: null,
      log: silent,
      onFatal: () => this.process.die(),
      openQueue: (id, onMade) => this.#readers.open(id, onMade),
    })
    void this.#join()
  }

  get id(): string {
    return this.#membership.instanceId
  }

  get open(): boolean {
    return this.process.alive && this.#joined && !this.stopping
  }

  wasRecorded(clientId: string): boolean {
    return this.sessions.recordedAt.has(clientId)
  }

  isLeased(lease: Lease): boolean {
    const queue = this.queueOf.get(lease.key)
    // A row is leased by nobody but the instance that the client is at.
    return queue ? queue.isLeased(lease.key, Number(lease.receipt)) : lease.source.shared
  }

  /** A start that fails ends the process; somebody starts another one. */
  async #join(): Promise<void> {
    try {
      await this.#membership.join()
      this.#joined = true
      this.#beatLater()
    } catch {
      this.process.die()
    }
  }

  /** Taken for dead, the client is recorded under the new id as soon as there is one. */
  async #announce(clientId: string): Promise<void> {
    try {
      await this.sessions.announce(clientId)
    } catch (error) {
      if (!(error instanceof TakenForDead)) throw error
      await this.#membership.rejoin()
      await this.sessions.announce(clientId)
    }
    // Only now what is stored may be read: the former instance has let go of it.
    await this.pending.read(clientId)
  }

  /** Whether a poll of the client is held here that is not waiting for its record. */
  holdsLive(clientId: string): boolean {
    for (const { held } of this.wires) if (held?.state === 'held' && held.request.clientId === clientId) return true
    return false
  }

  /** Tells the former instance that the client is here; waits for it, but not long. */
  async tellPrevious(clientId: string, previous: string): Promise<void> {
    const cursors = this.mailboxes.cursorsOf(clientId)
    const told = this.#peers.tell(peerOf(previous), { kind: 'moved', clientId, cursors }).then(
      () => {},
      () => {},
    )
    await this.#within(300, told)
  }

  /** Resolves when what was acknowledged by now is deleted, or that takes too long. */
  deleted(withinMs: number): Promise<void> {
    return this.#within(withinMs, this.pending.answered())
  }

  #within(ms: number, done: Promise<void>): Promise<void> {
    const late = new Promise<void>((resolve) => this.world.after(ms, () => this.process.io(resolve)))
    return Promise.race([done, late])
  }

  /**
   * Another instance tells us something. That a client has moved is nothing when it has been recorded here since: a
   * sender that stood still tells it late. The core does not know the times, so whoever hears for it has to compare them;
   * without these lines seed 20096704 breaks invariant 7.
   */
  receiveRelayed(entry: RelayEntry, sentAt: number): RelayResult {
    if (entry.kind !== 'moved') return this.#receive(entry)
    if ((this.sessions.recordedAt.get(entry.clientId) ?? 0) > sentAt) return emptyResult
    this.hearsOf = entry.clientId
    const result = this.#receive(entry)
    this.hearsOf = null
    return result
  }

  /** The table says so. */
  #moved(clientId: string): void {
    this.hearsOf = clientId
    this.delivery.moved(clientId)
    this.hearsOf = null
  }

  // ── heartbeat ──

  #beatLater(): void {
    this.world.after(heartbeatMs, () => this.process.io(() => void this.#beat()))
  }

  async #beat(): Promise<void> {
    if (!this.#beating) return
    this.#beatLater()
    if (this.stopping) return
    await this.#membership.beat()
    for (const url of this.realm.table.deadQueues()) {
      const queue = this.realm.queue(url)
      if (queue && this.open) this.#readers.read(queue)
    }
    // The sweep: rows whose client is here.
    for (const clientId of this.mailboxes.clientsHere()) void this.pending.read(clientId)
  }

  // ── its end ──

  stop(): void {
    if (this.open) void this.#stop()
  }

  /** Sends clients elsewhere, gives back what is not delivered, and ends. */
  async #stop(): Promise<void> {
    this.stopping = true
    const { world, process, mailboxes } = this
    const sleep = (ms: number) => new Promise<void>((resolve) => world.after(ms, () => process.io(resolve)))
    this.#readers.stop()
    const left = this.#membership.leave()
    await mailboxes.drain(300)
    if (mailboxes.releaseAll() > 0) await sleep(graceMs + 200)
    mailboxes.releaseAll()
    await left
    await this.delivery.settled()
    mailboxes.releaseAll()
    this.pending.close()
    await sleep(200)
    this.process.die()
  }

  #died(): void {
    this.#readers.died()
    this.world.instanceDied(this)
  }

  rest(): void {
    this.#beating = false
  }
}
