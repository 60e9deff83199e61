import type { Acknowledgements } from '../../src/delivery/acknowledgements.ts'
import type { Arrivals } from '../../src/delivery/arrivals.ts'
import type { Delivery } from '../../src/delivery/deliver.ts'
import type { Mailboxes } from '../../src/delivery/mailboxes.ts'
import type { PendingLeases } from '../../src/delivery/pending.ts'
import { nothingCameOfIt, type RelayEntry, type RelayResult } from '../../src/delivery/relay.ts'
import { graceMs, heartbeatMs, lingerMs, visibilityMs } from './bounds.ts'
import type { FakeQueue } from './fake-queue.ts'
import { pendingStore } from './fake-store.ts'
import { InstanceSessions } from './instance-sessions.ts'
import { Peers, peerOf } from './peers.ts'
import { Process } from './process.ts'
import { Reader } from './reader.ts'
import type { Wire } from './wire.ts'
import type { World } from './world.ts'

/** One running process of the service: the real core, and stand-ins for everything around it. */
export class Instance {
  readonly world: World
  /** Names the process in what is found; its id may change while it lives. */
  readonly name: string
  readonly process: Process
  readonly mailboxes: Mailboxes
  readonly delivery: Delivery
  readonly pending: PendingLeases
  readonly arrivals: Arrivals
  readonly acknowledgements: Acknowledgements
  readonly #peers: Peers
  readonly #told: (entry: RelayEntry) => RelayResult
  /** The client that another instance, or the table, says has moved, while we hear of it. */
  hearsOf: string | null = null
  readonly sessions: InstanceSessions
  readonly wires = new Set<Wire>()
  readonly queueOf = new Map<string, FakeQueue>()
  id: string
  stopping = false
  #rejoining: Promise<void> | null = null
  #beating = true
  readonly #readers = new Map<string, Reader>()

  constructor(world: World, number: number) {
    this.world = world
    this.name = `instance ${number}`
    this.id = world.newId()
    this.process = new Process(world)
    this.process.onDeath = () => this.#died()
    this.sessions = new InstanceSessions(this)
    this.mailboxes = new world.core.Mailboxes({
      clock: this.process.clock,
      sessions: this.sessions,
      random: world.random.next,
      instanceId: this.id,
      epoch: number.toString(36),
      onForeignCursor: (clientId, cursor) => void this.acknowledgements.byCursor(clientId, cursor),
      bounds: {
        maxHeldPolls: 1_000,
        maxPollsPerClient: 10,
        maxLeasedBytes: world.tight ? 12_000 : 64 * 1_048_576,
        lingerMs,
        graceMs,
      },
    })
    this.delivery = new world.core.Delivery({
      mailboxes: this.mailboxes,
      directory: this.sessions,
      forwarder: { send: (queueUrl, notification, hops) => this.#forward(queueUrl, notification, hops) },
    })
    this.#peers = new Peers(this)
    const { mailboxes, delivery } = this
    const among = { mailboxes, relay: this.#peers, peers: this.#peers }
    this.acknowledgements = world.core.acknowledgementsAmongPeers(among)
    this.pending = new world.core.PendingLeases(mailboxes, pendingStore(this), visibilityMs)
    this.arrivals = new world.core.Arrivals({ ...among, pending: this.pending, clock: this.process.clock })
    this.#told = world.core.told({ mailboxes, delivery, takePending: (row) => this.arrivals.relayed(row) })
    this.#join()
    this.#beatLater()
  }

  /** Whether it is up and takes requests. */
  get open(): boolean {
    return this.process.alive && !this.stopping
  }

  #join(): void {
    const queue = this.world.newQueue(this.id)
    this.world.table.register(this.id, queue.url)
    this.#read(queue)
  }

  #read(queue: FakeQueue): void {
    if (!this.#readers.has(queue.url)) this.#readers.set(queue.url, new Reader(this, queue))
  }

  /** Taken for dead: goes on under a new id and a new queue, its polls still held. */
  rejoin(): Promise<void> {
    this.#rejoining ??= this.#rejoin().finally(() => {
      this.#rejoining = null
    })
    return this.#rejoining
  }

  async #rejoin(): Promise<void> {
    if (this.world.table.isLive(this.id)) return
    for (const reader of this.#readers.values()) reader.stop()
    this.#readers.clear()
    this.id = this.world.newId()
    this.mailboxes.instanceId = this.id
    this.#join()
    await Promise.allSettled([...this.mailboxes.clientsHere()].map((clientId) => this.sessions.announceOnce(clientId)))
  }

  async #forward(queueUrl: string, notification: { readonly id: string }, hops: number): Promise<void> {
    const { world, process, name } = this
    let done = false
    try {
      await world.call(process, () => {
        done = true
        world.ledger.sentOn(name, notification.id)
        world.queue(queueUrl)?.send(world.notification(notification.id), hops)
      })
    } catch (error) {
      // The other queue has it and we cannot know: from here on there are two.
      if (done) world.ledger.cause(notification.id, 'unclear forward')
      throw error
    }
  }

  /** Whether a poll of the client is held here that is not waiting for its record. */
  holdsLive(clientId: string): boolean {
    for (const { held } of this.wires) if (held?.live && held.request.clientId === clientId) return true
    return false
  }

  /** Tells the former instance that the client is here; waits for it, but not long. */
  async tellPrevious(clientId: string, previous: string): Promise<void> {
    const { world, process } = this
    const cursors = this.mailboxes.cursorsOf(clientId)
    const told = this.#peers.tell(peerOf(previous), { kind: 'moved', clientId, cursors }).catch(() => {})
    const late = new Promise<void>((resolve) => world.after(300, () => process.io(resolve)))
    await Promise.race([told, late])
  }

  /**
   * Another instance tells us something. That a client has moved is nothing when it has been recorded here since: a
   * sender that stood still tells it late. The core does not know the times, so whoever hears for it has to compare them;
   * without these lines seed 20096704 breaks invariant 7.
   */
  hear(entry: RelayEntry, sentAt: number): RelayResult {
    if (entry.kind === 'moved') {
      if ((this.sessions.recordedAt.get(entry.clientId) ?? 0) > sentAt) return nothingCameOfIt
      this.hearsOf = entry.clientId
    }
    const result = this.#told(entry)
    this.hearsOf = null
    return result
  }

  // ── heartbeat ──

  #beatLater(): void {
    this.world.after(heartbeatMs, () => this.process.io(() => void this.#beat()))
  }

  async #beat(): Promise<void> {
    if (!this.#beating) return
    this.#beatLater()
    const { table } = this.world
    if (this.stopping) return
    try {
      const alive = await this.world.call(this.process, () => {
        table.fence()
        return table.heartbeat(this.id)
      })
      if (!alive) return await this.rejoin()
      for (const url of table.deadQueues()) {
        const queue = this.world.queue(url)
        if (queue && this.open) this.#read(queue)
      }
      // Mostly the numbers agree, and nobody looks closer.
      if (!this.world.random.chance(Math.min(1, 10 * this.world.trouble) * 0.7)) await this.#compare()
      // The sweep: rows whose client is here.
      for (const clientId of this.mailboxes.clientsHere()) void this.pending.read(clientId)
    } catch {
      // The next one may go through.
    }
  }

  /** Compares the sessions it believes in with the table. */
  async #compare(): Promise<void> {
    const { world, mailboxes, sessions, delivery } = this
    const believed = new Set(mailboxes.clientsHere())
    const { recorded, places } = await world.call(this.process, () => ({
      recorded: new Set(world.table.ownedBy(this.id)),
      places: new Map([...believed].map((clientId) => [clientId, world.table.find(clientId)])),
    }))
    for (const clientId of new Set([...believed, ...recorded])) {
      if (mailboxes.isHere(clientId) === recorded.has(clientId)) continue
      if (recorded.has(clientId)) void sessions.forget(clientId)
      else if (places.get(clientId)) {
        this.hearsOf = clientId
        delivery.moved(clientId)
        this.hearsOf = null
      } else if (believed.has(clientId)) void sessions.announceOnce(clientId).catch(() => {})
    }
  }

  // ── its end ──

  /** SIGTERM: sends clients elsewhere, gives back what is not delivered, and ends. */
  async stop(): Promise<void> {
    if (!this.open) return
    this.stopping = true
    const { world, process, mailboxes } = this
    const sleep = (ms: number) => new Promise<void>((resolve) => world.after(ms, () => process.io(resolve)))
    for (const reader of this.#readers.values()) reader.stop()
    world.table.markDead(this.id)
    await mailboxes.drain(300)
    if (mailboxes.releaseAll() > 0) await sleep(graceMs + 200)
    mailboxes.releaseAll()
    await this.delivery.settled()
    mailboxes.releaseAll()
    this.pending.close()
    await sleep(200)
    this.process.die()
  }

  #died(): void {
    for (const reader of this.#readers.values()) reader.died()
    for (const wire of [...this.wires]) wire.hostDied()
    this.wires.clear()
    this.world.table.lastRecorded.forEach(({ instanceId }, clientId) => {
      if (instanceId === this.id) this.world.table.lastRecorded.delete(clientId)
    })
    this.world.instanceDied(this)
  }

  /** Ends the heartbeat, so that only what the core has left behind is there. */
  rest(): void {
    this.#beating = false
  }
}
