import type { Instances } from '../../adapters/postgres/instances.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Arrivals } from './arrivals.ts'
import type { Departures } from './departures.ts'
import type { Identity, Keeper } from './identity.ts'
import type { OwnQueues } from './own-queue.ts'
import type { Predecessor } from './predecessor.ts'
import type { OwnQueue } from './provide-queue.ts'
import { Receiving } from './receiving.ts'
import { recordAnew } from './record-anew.ts'
import type { SessionRecords } from './session-records.ts'
import type { Succession } from './succession.ts'
import { type DeleteIfEmpty, takeDown } from './take-down.ts'

interface Needs {
  readonly identity: Identity
  readonly instances: Instances
  readonly records: SessionRecords
  readonly arrivals: Arrivals
  readonly departed: Departures
  readonly mailboxes: Mailboxes
  readonly predecessor: Predecessor
  /** Where other instances reach this one; known once the service listens. */
  readonly address: () => string
  /** Makes and opens the queue. */
  readonly queues: Pick<OwnQueues, 'provide' | 'open'>
  readonly log: Log
  /** Called when this process cannot go on: it was taken for dead under an id that it may not change. */
  readonly onFatal: (reason: string) => void
  readonly succession: Succession
}

/**
 * This instance among the others: its queue and its row.
 *
 * It lives under one id at a time. When a survivor has taken it for dead (`dead_at` is set), everything under the old
 * id belongs to the survivors, and it goes on under a new id with a new queue, its polls still held.
 */
export class Membership implements Keeper {
  readonly #needs: Needs
  readonly #receiving = new Receiving()
  #queue: OwnQueue | null = null
  #joining: Promise<void> | null = null
  #beginning: Promise<void> | null = null
  #recordingAnew: Promise<void> = Promise.resolve()
  /** The id whose clients are to be recorded anew after the next joining. */
  #formerId: string | null = null
  /** A row of this instance may be there. */
  #mayHaveRow = false
  /** From here on a missing row is our own doing: nothing begins anew. */
  #leaving = false

  constructor(needs: Needs) {
    this.#needs = needs
    needs.identity.keptBy(this)
  }

  get isLeaving(): boolean {
    return this.#leaving
  }

  /** Resolves when the clients of an earlier id are recorded under this one. */
  recordedAnew(): Promise<void> {
    return this.#recordingAnew
  }

  /**
   * Makes the queue, enters the row, and begins to receive; resolves at once when that has been done. Callers that come
   * while it is under way wait for the same joining: each of their own would make a queue.
   */
  async join(): Promise<void> {
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    if (this.#needs.identity.joined) return
    this.#joining ??= this.#join().finally(() => {
      this.#joining = null
    })
    await this.#joining
  }

  async #join(): Promise<void> {
    const { identity, instances, predecessor, succession, queues, log } = this.#needs
    const { id, relayKey } = identity
    const address = this.#needs.address()
    const queue = await queues.provide(id)
    this.#queue = queue
    const { queueUrl, isOwned } = queue
    const reader = await queues.open(queueUrl)
    // SQS may have kept it waiting for so long that `leave` has marked the row, or found none, without it.
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    this.#mayHaveRow = true
    const earlier = await instances.register({ id, address, queueUrl, ownsQueue: isOwned, relayKey })
    if (identity.isFixed) predecessor.found(earlier)
    if (earlier !== null) succession.tookOver(id, earlier)
    // Asked to leave meanwhile: `leave` waits for this, and marks the row.
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    this.#receiving.begin(reader)
    identity.confirm()
    log.info({ instanceId: id, queueUrl, address }, 'instance joined')
    if (this.#formerId !== null) this.#recordingAnew = recordAnew(this.#needs, this.#formerId)
    this.#formerId = null
  }

  /**
   * Goes on under a new id. Everybody who finds that this instance was taken for dead calls this, and all wait for the
   * same new beginning.
   */
  async beginAnew(): Promise<void> {
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    await this.#beginOnce(async () => {
      await this.#diesUnderFixedId()
      await this.#goOn('this instance was taken for dead and goes on under a new id')
    })
  }

  /**
   * The queue is gone: somebody has deleted it, or an emulator has lost its data. Goes on under a new id, since SQS
   * refuses the name of a deleted queue for a minute, and since look-ups that senders hold name the old queue.
   */
  async queueGone(queueUrl: string): Promise<void> {
    const { identity, instances, log } = this.#needs
    const { term } = identity
    const isOurs = this.#queue?.queueUrl === queueUrl && this.#queue.isOwned
    if (!isOurs || !term.joined || this.#leaving) return
    const begin = async () => {
      // No look-up names the old queue from here on. If this fails, the others take the old id for dead.
      await instances
        .markLeaving(term)
        .catch((err: unknown) => log.warn({ err }, 'the old id could not be marked as dead'))
      await this.#goOn('the queue of this instance is gone; the instance goes on under a new id')
    }
    // When a queue cannot be made, the next heartbeat joins.
    await this.#beginOnce(begin).catch((err: unknown) => log.warn({ err }, 'a new queue could not be made yet'))
  }

  #beginOnce(begin: () => Promise<void>): Promise<void> {
    this.#beginning ??= begin().finally(() => {
      this.#beginning = null
    })
    return this.#beginning
  }

  /** Rejects when the id is fixed: then this process ends, or leaves when a later one has taken over. */
  async #diesUnderFixedId(): Promise<void> {
    const { identity, instances, onFatal } = this.#needs
    if (!identity.isFixed) return
    if ((await instances.heartbeat(identity.term)) === 'superseded') {
      this.superseded()
      throw new Refusal('ERROR_DRAINING')
    }
    onFatal('this instance was taken for dead, and its fixed id does not allow it to go on under a new one')
    throw new Error('taken for dead under a fixed id')
  }

  async #goOn(sentence: string): Promise<void> {
    const { identity, log } = this.#needs
    this.#formerId = identity.id
    log.warn({ instanceId: identity.id }, sentence)
    // The old queue is the survivors' to drain. Its leases stay ours until they end, and are acknowledged there.
    void this.#receiving.stop()
    // When the joining fails, the next heartbeat joins under the same new id: a newer one would mean another queue.
    identity.renew()
    await this.join()
  }

  /** All that is recorded under this id is the later process's, and so is the queue. */
  superseded(): void {
    const { identity, succession } = this.#needs
    void this.#receiving.stop()
    succession.superseded(identity.id, { isLeaving: this.#leaving })
  }

  /** From here on a missing row is no reason to begin anew: the instance is about to leave. */
  drain(): void {
    this.#leaving = true
  }

  /**
   * Takes the instance off the list, with its sessions: nobody is sent here any more. Returns whether that is recorded;
   * while it is not, look-ups may still name the queue, which then has to stay.
   */
  async leave(): Promise<boolean> {
    const { identity, instances, log } = this.#needs
    this.#leaving = true
    // A row that is being entered must not come after the mark.
    await this.#joining?.catch(() => {})
    if (!this.#mayHaveRow) return true
    try {
      await instances.markLeaving(identity.term)
      return true
    } catch (err) {
      log.warn({ err }, 'the row of this instance could not be marked as leaving')
      return false
    }
  }

  /** Stops receiving; resolves when the last receive has run out. */
  async stopReceiving(): Promise<void> {
    await this.#joining?.catch(() => {})
    await this.#receiving.stop()
  }

  /** Removes the queue, if it is empty and ours, and then the row. */
  async takeDown(deleteIfEmpty: DeleteIfEmpty): Promise<void> {
    if (this.#queue !== null)
      await takeDown(this.#needs, { ...this.#queue, id: this.#needs.identity.id }, deleteIfEmpty)
  }
}
