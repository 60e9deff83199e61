import type { FastifyInstance } from 'fastify'
import { sqsCounters } from '../../src/adapters/sqs/counters.ts'
import type { Lease, Source } from '../../src/delivery/lease.ts'
import type { Mailboxes } from '../../src/delivery/mailboxes.ts'
import { unobserved } from '../../src/delivery/observer.ts'
import type { Acknowledgements } from '../../src/delivery/peers/acknowledgements.ts'
import type { Sessions } from '../../src/delivery/sessions.ts'
import type { Gateway, MakeMailboxes, Mode } from '../../src/modes/mode.ts'
import type { SqsParts } from '../../src/modes/sqs-parts.ts'
import { type Account, deadLetterArn, deadLetterUrl, receiptsUrl } from './account.ts'
import { boundsOf, drainSpreadMs, graceMs, receiptQueue } from './bounds.ts'
import type { CommonCore } from './core.ts'
import { FakeSqs, visibilityTimeoutSeconds } from './fake-sqs.ts'
import { Process } from './process.ts'
import type { Connection, Instance, Start } from './realm.ts'
import type { World } from './world.ts'

const addresseePointer = '/detail/addressee'
export const silent = { debug() {}, info() {}, warn() {}, error() {} }
const closed = { close: async () => {}, connections: { destroy() {} } } as unknown as FastifyInstance

/**
 * One running process: all of its mode down to what is outside of it, and the order in which it shuts down. The ledger
 * hears first of all that its core tells sources.
 */
export abstract class SimulatedInstance<M extends Mode = Mode> implements Instance {
  readonly world: World
  readonly name: string
  readonly process: Process
  readonly sqs: FakeSqs
  readonly wires = new Set<Connection>()
  protected abstract readonly mode: M
  protected readonly sqsParts: SqsParts
  /** Asked to stop. */
  stopping = false
  readonly #core: CommonCore
  readonly #number: number
  readonly #account: Account
  readonly #recorded = new Set<string>()
  readonly #watched = new Map<Source, Source>()
  /** The client whose move this instance is being told of at this moment; null otherwise. */
  #hearsOf: string | null = null

  constructor(account: Account, core: CommonCore, { number, onDeath }: Start) {
    const { world } = account
    this.#account = account
    this.#core = core
    this.#number = number
    this.world = world
    this.name = `instance ${number}`
    this.process = new Process(world)
    this.process.onDeath = () => {
      this.sqs.died()
      onDeath(this)
    }
    this.sqs = new FakeSqs(account, this.process, this.name)
    this.sqsParts = this.#openSqs()
  }

  #openSqs(): SqsParts {
    const { clock } = this.process
    const closing = new AbortController()
    const longPoll = { seconds: 20 }
    const gap = new this.#core.ClockGap(clock)
    const watching = gap.run(closing.signal)
    const counters = sqsCounters()
    const shared = { clients: this.sqs.clients, clock, gap, log: silent, counters, random: this.world.random.next }
    return {
      counters,
      gauges: [],
      needs: {
        ...shared,
        settling: new Set(),
        visibilityTimeoutSeconds,
        giveBackSeconds: 0,
        maxReceives: 2,
        longPoll,
        addresseePointer,
        dlq: {
          find: async () => ({ url: deadLetterUrl, arn: deadLetterArn }),
          forget() {},
          forgetOwn() {},
          isKnown: () => true,
          creates: () => false,
        },
      },
      hasten() {
        longPoll.seconds = 1
      },
      close() {
        closing.abort()
        return watching
      },
    }
  }

  /** `RECEIPT_QUEUES` of every instance. */
  protected get receiptQueues(): ReadonlyMap<string, string> {
    return this.world.hasReceipts ? new Map([[receiptQueue, receiptsUrl]]) : new Map()
  }

  get mailboxes(): Mailboxes {
    return this.mode.mailboxes
  }

  get acknowledgements(): Acknowledgements {
    return this.mode.acknowledgements
  }

  get gateway(): Gateway {
    return this.mode.gateway
  }

  get open(): boolean {
    return this.process.alive && !this.stopping
  }

  wasRecorded(clientId: string): boolean {
    return this.#recorded.has(clientId)
  }

  /** A shared row is leased by nobody but the instance that its client is at. */
  isLeased({ source, receipt }: Lease): boolean {
    return source.shared || this.#account.isLeased(String(receipt))
  }

  /** Whether a poll of the client is held here that is not waiting for its record. */
  holdsLive(clientId: string): boolean {
    for (const { held } of this.wires) if (held?.state === 'held' && held.request.clientId === clientId) return true
    return false
  }

  /** Whether it may give leases of the client back. */
  protected abstract mayRelease(clientId: string): boolean

  protected readonly makeMailboxes: MakeMailboxes = (needs) => {
    const { world, process } = this
    const mailboxes = new this.#core.Mailboxes({
      ...needs,
      clock: process.clock,
      timeOfDay: () => world.timeOfDay,
      random: world.random.next,
      observer: {
        ...unobserved,
        leaseEnded: ({ notification }, end) => {
          if (end === 'outdated' && process.alive) world.ledger.countedExpired(this.name, notification)
        },
      },
      sessions: this.watchSessions(needs.sessions),
      epoch: this.#number.toString(36),
      bounds: boundsOf(world),
    })
    const offer = mailboxes.offer.bind(mailboxes)
    mailboxes.offer = (leases) => {
      for (const lease of leases) Object.assign(lease, { source: this.#watch(lease.source) })
      return offer(leases)
    }
    const endIfOutdated = mailboxes.endIfOutdated.bind(mailboxes)
    mailboxes.endIfOutdated = (lease) => endIfOutdated(Object.assign(lease, { source: this.#watch(lease.source) }))
    const clientMoved = mailboxes.clientMoved.bind(mailboxes)
    mailboxes.clientMoved = (clientId, cursors) => {
      this.#hearsOf = clientId
      const left = clientMoved(clientId, cursors)
      this.#hearsOf = null
      return left
    }
    return mailboxes
  }

  protected watchSessions(sessions: Sessions): Sessions {
    return {
      announce: async (clientId, cursors) => {
        const stored = await sessions.announce(clientId, cursors)
        this.#recorded.add(clientId)
        return stored
      },
      forget: (clientId) => sessions.forget(clientId),
    }
  }

  /** The same source, but what it is told is told to the ledger first. */
  #watch(source: Source): Source {
    const known = this.#watched.get(source)
    if (known) return known
    const { world, name, process } = this
    const watched: Source = {
      kind: source.kind,
      shared: source.shared,
      acknowledge: (lease) => {
        if (!process.alive) return
        world.ledger.acknowledged(name, lease, this.#hearsOf)
        source.acknowledge(lease)
      },
      release: (lease) => {
        if (!process.alive) return
        const { addressee } = lease.notification
        // Giving back a stored row hides it from no reader and brings it no nearer to the dead-letter queue.
        if (!source.shared) world.ledger.released(name, lease, this.stopping || this.mayRelease(addressee))
        source.release(lease)
      },
      handedOver: (lease) => {
        if (process.alive) source.handedOver?.(lease)
      },
      heldBack: (lease) => {
        if (process.alive) source.heldBack?.(lease)
      },
    }
    this.#watched.set(source, watched)
    // A lease that no mailbox took may be offered again.
    this.#watched.set(watched, watched)
    return watched
  }

  // ── its end ──

  stop(): void {
    if (this.open) void this.#stop()
  }

  async #stop(): Promise<void> {
    this.stopping = true
    const { clock } = this.process
    await this.#core.shutDown({ mode: this.mode, app: closed, clock, log: { warn() {} }, drainSpreadMs, graceMs })
    this.stopped()
    this.process.die()
  }

  /** It has left in order. */
  protected stopped(): void {}

  abstract rest(): void
}
