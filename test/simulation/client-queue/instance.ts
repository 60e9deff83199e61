import type { FastifyInstance } from 'fastify'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import type { Lease, Source } from '../../../src/delivery/lease.ts'
import type { Mailboxes } from '../../../src/delivery/mailboxes.ts'
import type { Acknowledgements } from '../../../src/delivery/peers/acknowledgements.ts'
import type { Sessions } from '../../../src/delivery/ports.ts'
import type { Gateway, MakeMailboxes, Mode } from '../../../src/modes/mode.ts'
import { boundsOf, givenBackMs, graceMs, maxReceiveCount } from '../bounds.ts'
import { Process } from '../process.ts'
import type { Instance } from '../realm.ts'
import type { Wire } from '../wire.ts'
import type { World } from '../world.ts'
import type { ClientQueues } from './client-queues.ts'
import { FakeSqs, readReceipt, visibilityTimeoutSeconds } from './fake-sqs.ts'
import { baseUrl, deadLetterArn } from './names.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const closed = { close: async () => {}, server: { closeAllConnections() {} } } as unknown as FastifyInstance

/** Within this time everything is given back: the drain, the grace of the last responses, and some more. Milliseconds. */
const shutDownMs = 1_600

/** One running process in mode 2: all of the mode down to the calls to SQS, and the order in which it shuts down. */
export class ClientQueueInstance implements Instance {
  readonly realm: ClientQueues
  readonly world: World
  readonly name: string
  readonly process: Process
  readonly sqs: FakeSqs
  readonly wires = new Set<Wire>()
  /** Since when clients have left that were here. */
  readonly goneAt = new Map<string, number>()
  readonly #mode: Mode
  readonly #recorded = new Set<string>()
  readonly #watched = new Map<Source, Source>()
  readonly #closing = new AbortController()
  #stopping = false

  constructor(realm: ClientQueues, number: number) {
    const { world, core } = realm
    this.realm = realm
    this.world = world
    this.name = `instance ${number}`
    this.process = new Process(world)
    this.process.onDeath = () => this.#died()
    this.sqs = new FakeSqs(realm, this.process, this.name)
    const { clock } = this.process
    const gap = new core.ClockGap(clock)
    const watching = gap.run(this.#closing.signal)
    const counters = sqsCounters()
    const random = world.random.next
    const asked = {
      visibilityTimeoutSeconds,
      giveBackSeconds: 0,
      maxReceives: 2,
      addresseePointer: '/detail/addressee',
    }
    this.#mode = core.clientQueues({
      config: {
        CALLBACK_SECRET: ['the same for all instances of this world'],
        MAX_HELD_POLLS: 1_000,
        NOTIFICATION_SERVICE_CLIENT_ID: number.toString(16),
        SQS_DLQ_ARN: deadLetterArn,
        SQS_MAX_RECEIVE_COUNT: maxReceiveCount,
        SQS_USER_QUEUE_AUTO_CREATE: realm.autoCreate,
        SQS_USER_QUEUE_BASE_URL: baseUrl,
        SQS_VISIBILITY_TIMEOUT_SECONDS: visibilityTimeoutSeconds,
      },
      clock,
      log: silent as never,
      makeMailboxes: (needs) => this.#makeMailboxes(needs, number.toString(36)),
      sqs: {
        counters,
        needs: { clients: this.sqs.clients, clock, gap, log: silent, counters, random, settling: new Set(), ...asked },
        close: () => {
          this.#closing.abort()
          return watching
        },
      },
    })
  }

  get mailboxes(): Mailboxes {
    return this.#mode.mailboxes
  }

  get acknowledgements(): Acknowledgements {
    return this.#mode.acknowledgements
  }

  get gateway(): Gateway {
    return this.#mode.gateway
  }

  get open(): boolean {
    return this.process.alive && !this.#stopping
  }

  wasRecorded(clientId: string): boolean {
    return this.#recorded.has(clientId)
  }

  isLeased(lease: Lease): boolean {
    const { key, handle } = readReceipt(String(lease.receipt))
    const queue = this.realm.queue(`${baseUrl}-${lease.notification.addressee}`)
    return queue?.isLeased(key, handle) === true
  }

  #makeMailboxes(needs: Parameters<MakeMailboxes>[0], epoch: string): Mailboxes {
    const { world, process, realm } = this
    const mailboxes = new realm.core.Mailboxes({
      ...needs,
      clock: process.clock,
      random: world.random.next,
      sessions: this.#looksAt(needs.sessions),
      epoch,
      bounds: boundsOf(world),
    })
    const offer = mailboxes.offer.bind(mailboxes)
    mailboxes.offer = (leases) => {
      for (const lease of leases) Object.assign(lease, { source: this.#watch(lease.source) })
      return offer(leases)
    }
    return mailboxes
  }

  #looksAt(sessions: Sessions): Sessions {
    return {
      announce: async (clientId) => {
        this.goneAt.delete(clientId)
        await sessions.announce(clientId)
        this.#recorded.add(clientId)
      },
      forget: (clientId) => {
        const { world, name } = this
        if (this.#holdsLive(clientId)) world.ledger.violate(7, `${name} forgot ${clientId} while it holds a poll of it`)
        this.goneAt.set(clientId, world.now)
        return sessions.forget(clientId)
      },
    }
  }

  #holdsLive(clientId: string): boolean {
    for (const { held } of this.wires) if (held?.state === 'held' && held.request.clientId === clientId) return true
    return false
  }

  /** The same source, but what it is told is told to the ledger first. */
  #watch(source: Source): Source {
    const known = this.#watched.get(source)
    if (known) return known
    const { world, name, process } = this
    const watched: Source = {
      shared: source.shared,
      acknowledge: (lease) => {
        if (!process.alive) return
        world.ledger.acknowledged(name, lease.notification, null)
        source.acknowledge(lease)
      },
      release: (lease) => {
        if (!process.alive) return
        world.ledger.released(name, lease, this.#stopping || !this.mailboxes.isHere(lease.notification.addressee))
        source.release(lease)
      },
    }
    this.#watched.set(source, watched)
    return watched
  }

  stop(): void {
    if (this.open) void this.#stop()
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    const { world, process, realm, name } = this
    const { clock } = process
    const look = () => {
      realm.keepsNothing(this, (_, shownAt) =>
        world.now - shownAt > givenBackMs ? `${name} shuts down and does not give it back` : null,
      )
    }
    world.after(shutDownMs, look)
    await realm.core.shutDown({ mode: this.#mode, app: closed, clock, drainSpreadMs: 300, graceMs })
    look()
    process.die()
  }

  #died(): void {
    this.sqs.died()
    this.world.instanceDied(this)
  }

  rest(): void {
    void this.#mode.close()
  }
}
