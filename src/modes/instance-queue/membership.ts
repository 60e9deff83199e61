import type { Instances } from '../../adapters/postgres/instances.ts'
import type { QueueReader } from '../../adapters/sqs/queue-reader.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Arrivals } from './arrivals.ts'
import type { Departures } from './departures.ts'
import type { Identity, Keeper } from './identity.ts'
import { compareSessions } from './session-comparison.ts'
import type { SessionRecords } from './session-records.ts'

/** An instance that was not heard of for so long is dead, by the database's clock. */
const deadAfterSeconds = 20
/** Between two heartbeats: four of them may be lost before the instance is taken for dead. */
const heartbeatMs = 5_000
/** Every so many heartbeats the sessions are compared one by one, even if their number is right. */
const fullComparisonEvery = 6

/** The queue that this instance receives from. */
export interface OwnQueue {
  readonly queueUrl: string
  /** Whether this instance made the queue, so that it deletes it as well. */
  readonly isOwned: boolean
}

interface Needs {
  readonly identity: Identity
  readonly instances: Instances
  readonly records: SessionRecords
  readonly arrivals: Arrivals
  readonly departed: Departures
  readonly mailboxes: Mailboxes
  /** Where other instances reach this one; known once the service listens. */
  readonly address: () => string
  /** Makes the queue for an instance of this id, or names the one that the settings give. */
  readonly provideQueue: (instanceId: string) => Promise<OwnQueue>
  /** Prepares to receive from it. Rejects when that is not possible. */
  readonly openQueue: (queueUrl: string) => Promise<QueueReader>
  readonly log: Log
  /** Called when this process cannot go on: it was taken for dead under an id that it may not change. */
  readonly onFatal: (reason: string) => void
}

/** The queue that is being received from, and how to stop that. */
interface Receiving {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/**
 * This instance among the others: its queue, its row and its heartbeat.
 *
 * It lives under one id at a time. When a survivor has taken it for dead (`dead_at` is set), everything under the old
 * id belongs to the survivors, and it goes on under a new id with a new queue, its polls still held.
 */
export class Membership implements Keeper {
  readonly #needs: Needs
  readonly #receiving = new Set<Receiving>()
  #queue: OwnQueue | null = null
  #joining: Promise<void> | null = null
  #beginning: Promise<void> | null = null
  #recordingAnew: Promise<void> = Promise.resolve()
  /** The id whose clients are to be recorded anew after the next joining. */
  #formerId: string | null = null
  /** A row of this instance may be there. */
  #mayHaveRow = false
  #beats = 0
  #databaseAnswers = true
  /** From here on a missing row is our own doing: nothing begins anew. */
  #leaving = false

  constructor(needs: Needs) {
    this.#needs = needs
    needs.identity.keptBy(this)
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
    const { identity, instances, provideQueue, openQueue, log } = this.#needs
    const { id, relayKey } = identity
    const address = this.#needs.address()
    const queue = await provideQueue(id)
    this.#queue = queue
    const { queueUrl, isOwned } = queue
    const reader = await openQueue(queueUrl)
    this.#mayHaveRow = true
    await instances.register({ id, address, queueUrl, ownsQueue: isOwned, relayKey })
    // Asked to leave meanwhile: `leave` waits for this, and marks the row.
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    this.#receive(reader)
    identity.confirm()
    log.info({ instanceId: id, queueUrl, address }, 'instance joined')
    if (this.#formerId !== null) this.#recordingAnew = this.#recordAnew(this.#formerId)
    this.#formerId = null
  }

  #receive(reader: QueueReader): void {
    const stop = new AbortController()
    const receiving = { stop, ended: reader.run(stop.signal) }
    this.#receiving.add(receiving)
    void receiving.ended.then(() => this.#receiving.delete(receiving))
  }

  /**
   * Goes on under a new id. Everybody who finds that this instance was taken for dead calls this, and all wait for the
   * same new beginning.
   */
  async beginAnew(): Promise<void> {
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    this.#beginning ??= this.#beginAnew().finally(() => {
      this.#beginning = null
    })
    await this.#beginning
  }

  async #beginAnew(): Promise<void> {
    const { identity, log, onFatal } = this.#needs
    if (identity.isFixed) {
      onFatal('this instance was taken for dead, and its fixed id does not allow it to go on under a new one')
      throw new Error('taken for dead under a fixed id')
    }
    this.#formerId = identity.id
    log.warn({ instanceId: identity.id }, 'this instance was taken for dead and goes on under a new id')
    // The old queue is the survivors' to drain. Its leases stay ours until they end, and are acknowledged there.
    for (const { stop } of this.#receiving) stop.abort()
    // When the joining fails, the next heartbeat joins under the same new id: a newer one would mean another queue.
    identity.renew()
    await this.join()
  }

  /** Records the clients that are at no other instance by now: a client that has gone elsewhere is not taken back. */
  async #recordAnew(oldInstanceId: string): Promise<void> {
    const { identity, records, arrivals, departed, mailboxes, log } = this.#needs
    const clientIds = [...mailboxes.clientsHere()]
    // If it cannot be told where they are, they are recorded here; their next poll says where they are.
    const peers = await records.findMany(clientIds).catch(() => new Map<string, never>())
    const ours: string[] = []
    for (const clientId of clientIds) {
      const peer = peers.get(clientId)
      if (peer !== undefined && peer.id !== identity.id) departed(clientId, peer.recordedAt)
      else ours.push(clientId)
    }
    await Promise.allSettled(ours.map((clientId) => arrivals.record(clientId)))
    log.info({ instanceId: identity.id, oldInstanceId, clients: ours.length }, 'clients are recorded anew')
  }

  /** One heartbeat: says that this instance lives, takes the silent for dead, and checks that our sessions are ours. */
  async beat(): Promise<void> {
    const { identity, instances, log } = this.#needs
    try {
      const { term } = identity
      // The row may be there although the answer to its registration was lost: then nothing is received yet.
      if (!(await instances.heartbeat(term.id)) || !term.joined) {
        await identity.lost(term)
        return await this.#recordingAnew
      }
      for (const { id, heartbeatAt } of await instances.fenceDead({ afterSeconds: deadAfterSeconds })) {
        log.warn({ deadInstanceId: id, heartbeatAt }, 'instance was not heard of and is taken for dead')
      }
      this.#beats += 1
      await compareSessions(this.#needs, this.#beats % fullComparisonEvery === 0 ? 'each' : 'number')
      if (!this.#databaseAnswers) log.info({}, 'heartbeat goes through again')
      this.#databaseAnswers = true
    } catch (err) {
      if (this.#leaving) return
      if (this.#databaseAnswers) log.warn({ err }, 'heartbeat did not go through')
      this.#databaseAnswers = false
    }
  }

  /** Beats until the signal aborts. */
  async run(signal: AbortSignal, sleep: (ms: number, signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await sleep(heartbeatMs, signal)
      if (!signal.aborted) await this.beat()
    }
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
      await instances.markLeaving(identity.id)
      return true
    } catch (err) {
      log.warn({ err }, 'the row of this instance could not be marked as leaving')
      return false
    }
  }

  /** Stops receiving; resolves when the last receive has run out. */
  async stopReceiving(): Promise<void> {
    await this.#joining?.catch(() => {})
    for (const { stop } of this.#receiving) stop.abort()
    await Promise.all([...this.#receiving].map(({ ended }) => ended))
  }

  /** Removes the queue, if it is empty and ours, and then the row. A queue that stays is a survivor's to drain. */
  async takeDown(deleteIfEmpty: (queueUrl: string) => Promise<boolean>): Promise<void> {
    const { identity, instances, log } = this.#needs
    if (this.#queue === null || !this.#queue.isOwned) return
    const { queueUrl } = this.#queue
    try {
      if (await deleteIfEmpty(queueUrl)) await instances.remove(identity.id)
      else log.info({ queueUrl }, 'queue is not empty and is left for another instance to drain')
    } catch (err) {
      log.warn({ err, queueUrl }, 'queue could not be deleted and is left for another instance')
    }
  }
}
