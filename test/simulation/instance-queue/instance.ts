import type { Post } from '../../../src/adapters/relay/relay.ts'
import type { Mode, Relayed } from '../../../src/modes/mode.ts'
import { untraced } from '../../../src/tracing/tracing.ts'
import { type Account, folder, intakeUrl } from '../account.ts'
import { maxReceiveCount } from '../bounds.ts'
import type { InstanceQueueCore } from '../core.ts'
import { SimulatedInstance, silent } from '../instance.ts'
import type { Start } from '../realm.ts'
import { notSimulated, type StatementRealm, statements } from './statements.ts'

/** How long a request to another instance may take. */
const requestMs = 2_000

/** The queues and tables of mode 1, as an instance knows them. */
export interface InstanceQueueRealm extends Account, StatementRealm {
  readonly core: InstanceQueueCore
  /** The process at this address, which may be dead. */
  instanceAt(address: string): Pick<InstanceQueueInstance, 'process' | 'relayed'> | undefined
}

/** One running process in mode 1. */
export class InstanceQueueInstance extends SimulatedInstance {
  protected readonly mode: Mode & { readonly relayed: Relayed }
  readonly realm: InstanceQueueRealm
  readonly address: string
  /** When it was last looked where clients are. */
  lookedAt = 0
  #joined = false
  joinedAt = 0
  #isSuperseded = false

  constructor(realm: InstanceQueueRealm, start: Start, fixedId: string | null) {
    const { number } = start
    super(realm, realm.core, start)
    this.realm = realm
    this.address = `http://instance-${number}`
    let ids = 0
    this.mode = realm.core.instanceQueues({
      config: {
        NOTIFICATION_SERVICE_CLIENT_ID: fixedId,
        PENDING_TTL_SECONDS: 3_600,
        DEAD_LETTER_EXPIRED: false,
        RECEIPT_QUEUES: this.receiptQueues,
        SQS_INTAKE_QUEUE_URL: intakeUrl,
        SQS_MAX_RECEIVE_COUNT: maxReceiveCount,
        SQS_QUEUE_NAME_PREFIX: 'instance',
        SQS_QUEUE_URL: fixedId === null ? null : folder + fixedId,
        SQS_VISIBILITY_TIMEOUT_SECONDS: this.sqsParts.needs.visibilityTimeoutSeconds,
      },
      clock: this.process.clock,
      log: silent,
      makeMailboxes: this.makeMailboxes,
      tracing: untraced,
      address: () => this.address,
      onFatal: () => this.process.die(),
      onSuperseded: () => {
        this.#isSuperseded = true
        this.stop()
      },
      newId: () => `${number}-${++ids}`,
      newRelayKey: () => `key ${number}-${ids}`,
      database: statements(this),
      sqs: this.sqsParts,
      devices: nobodyIsWoken,
      post: this.#post,
      close: () => this.sqsParts.close(),
    })
    void this.#start()
  }

  get id(): string {
    return this.mode.instanceId()
  }

  /** The entrance for the requests of other instances. */
  get relayed(): Relayed {
    return this.mode.relayed
  }

  get relayKey(): string {
    return this.relayed.key()
  }

  override get open(): boolean {
    return super.open && this.#joined
  }

  /** Whether the client has asked for its record. */
  isAnnouncing(clientId: string): boolean {
    return this.mailboxes.clients.announcementOf(clientId) !== null
  }

  /** A start that fails ends the process; somebody starts another one. */
  async #start(): Promise<void> {
    try {
      await this.mode.start(new AbortController().signal)
      this.#joined = true
      this.joinedAt = this.world.now
      if (this.#isSuperseded) this.stop()
    } catch {
      this.process.die()
    }
  }

  /** Requests to other instances: they are lost, late, or heard without an answer. */
  readonly #post: Post = (address, relayKey, texts) => {
    const { world, process, realm } = this
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Post>>>()
    const isLost = () => world.random.chance(world.trouble / 2)
    const fail = (afterMs: number) => void world.after(afterMs, () => process.io(() => reject(new Error('not heard'))))
    fail(requestMs)
    if (isLost()) return promise
    world.after(world.slowHop(), () => {
      const peer = realm.instanceAt(address)
      if (!peer?.process.alive) return fail(world.hop())
      peer.process.io(() => {
        const { key, receive } = peer.relayed
        if (key() !== relayKey) return fail(world.hop())
        void receive(texts.map((text) => JSON.parse(text) as unknown)).then((results) => {
          if (!isLost()) world.after(world.hop(), () => process.io(() => resolve(results)))
        })
      })
    })
    return promise
  }

  protected mayRelease(): boolean {
    return false
  }

  rest(): void {
    this.mode.drain()
    void this.mode.leave()
    void this.mode.close()
  }
}

/** Devices of sleeping clients are not simulated. */
const nobodyIsWoken = {
  kinds: [],
  admit: notSimulated,
  wake: notSimulated,
  async close() {},
}
