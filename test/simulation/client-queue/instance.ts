import type { Lease } from '../../../src/delivery/lease.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import type { Sessions } from '../../../src/delivery/sessions.ts'
import type { Mode } from '../../../src/modes/mode.ts'
import { untraced } from '../../../src/tracing/tracing.ts'
import { type Account, folder, intakeUrl, readReceipt } from '../account.ts'
import { drainSpreadMs, givenBackMs, graceMs, maxReceiveCount } from '../bounds.ts'
import type { ClientQueueCore } from '../core.ts'
import { SimulatedInstance, silent } from '../instance.ts'
import type { Instance, Start } from '../realm.ts'

/** The names of the clients' queues begin so. */
export const prefix = 'client'
export const baseUrl = `${folder}${prefix}`

/** The queues of mode 2, as an instance knows them. */
export interface ClientQueueRealm extends Account {
  readonly core: ClientQueueCore
  readonly autoCreate: boolean
  /** Tells the ledger of each message that this instance hides from all others, for the reason that is returned. */
  keepsNothing(
    instance: Pick<Instance, 'name' | 'process'>,
    reason: (notification: Notification, shownAt: number) => string | null,
  ): void
}

/** Within this time everything is given back: the drain, the grace of the last responses, and some more. */
const shutDownMs = drainSpreadMs + graceMs + 800

/** One running process in mode 2. */
export class ClientQueueInstance extends SimulatedInstance {
  protected readonly mode: Mode
  readonly #realm: ClientQueueRealm
  /** Since when clients have left that were here. */
  readonly goneAt = new Map<string, number>()

  constructor(realm: ClientQueueRealm, start: Start) {
    super(realm, realm.core, start)
    this.#realm = realm
    this.mode = realm.core.clientQueues({
      config: {
        CALLBACK_SECRET: ['the same for all instances of this world'],
        MAX_HELD_POLLS: 1_000,
        NOTIFICATION_SERVICE_CLIENT_ID: start.number.toString(16),
        RECEIPT_QUEUES: this.receiptQueues,
        SQS_INTAKE_QUEUE_URL: intakeUrl,
        SQS_MAX_RECEIVE_COUNT: maxReceiveCount,
        SQS_USER_QUEUE_AUTO_CREATE: realm.autoCreate,
        SQS_USER_QUEUE_BASE_URL: baseUrl,
        SQS_VISIBILITY_TIMEOUT_SECONDS: this.sqsParts.needs.visibilityTimeoutSeconds,
      },
      clock: this.process.clock,
      log: silent,
      makeMailboxes: this.makeMailboxes,
      tracing: untraced,
      sqs: this.sqsParts,
    })
    // A start that fails ends the process; somebody starts another one.
    this.mode.start(new AbortController().signal).catch(() => this.process.die())
  }

  protected override watchSessions(sessions: Sessions): Sessions {
    const { announce, forget } = super.watchSessions(sessions)
    const { world, name } = this
    return {
      announce: (clientId, cursors) => {
        this.goneAt.delete(clientId)
        return announce(clientId, cursors)
      },
      forget: (clientId) => {
        if (this.holdsLive(clientId)) world.ledger.violate(7, `${name} forgot ${clientId} while it holds a poll of it`)
        this.goneAt.set(clientId, world.now)
        return forget(clientId)
      },
    }
  }

  /** A lease counts only for a message in the queue of its addressee or in the intake queue. */
  override isLeased({ notification, receipt }: Lease): boolean {
    const { key, handle } = readReceipt(String(receipt))
    const queues = [`${baseUrl}-${notification.addressee}`, intakeUrl]
    return queues.some((url) => this.#realm.queue(url)?.isLeased(key, handle) === true)
  }

  /** Leases of a client that has left may be given back, because only its queue can reach it. */
  protected mayRelease(clientId: string): boolean {
    return !this.mailboxes.clients.isHere(clientId)
  }

  override stop(): void {
    if (!this.open) return
    this.world.after(shutDownMs, () => this.stopped())
    super.stop()
  }

  protected override stopped(): void {
    this.#realm.keepsNothing(this, (_, shownAt) =>
      this.world.now - shownAt > givenBackMs ? `${this.name} shuts down and does not give it back` : null,
    )
  }

  rest(): void {
    this.mode.drain()
    void this.mode.close()
  }
}
