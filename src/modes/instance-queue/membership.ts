import { randomBytes, randomUUID } from 'node:crypto'
import type { Instances } from '../../adapters/postgres/instances.ts'
import type { PostgresSessions } from '../../adapters/postgres/sessions.ts'
import type { QueueReader } from '../../adapters/sqs/queue-reader.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Forwarding } from '../../delivery/peers/forwarding.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { compareSessions } from './session-comparison.ts'

/** An instance that was not heard of for so long is dead, by the database's clock. Seconds. */
const deadAfterSeconds = 20
/** Every so many heartbeats the sessions are compared one by one, even if their number is right. */
const fullComparisonEvery = 6

interface MembershipLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

interface Needs {
  readonly instances: Instances
  readonly sessions: PostgresSessions
  readonly mailboxes: Mailboxes
  readonly delivery: Forwarding
  /** Where other instances reach this one; known once the service listens. */
  readonly address: () => string
  /** Given by the settings; null for a new id at every start. */
  readonly fixedId: string | null
  /** Creates the queue of an instance of this id, or looks up the given one. */
  readonly openQueue: (
    instanceId: string,
    onMade: (queueUrl: string) => void,
  ) => Promise<{ queueUrl: string; ownsQueue: boolean; reader: QueueReader }>
  readonly log: MembershipLog
  /** This process cannot go on: it was taken for dead under an id that it may not change. */
  readonly onFatal: (reason: string) => void
}

/** The queue that is being received from, and how to stop that. */
interface Receiving {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/**
 * This instance among the others: its id, its queue, its row and its heartbeat.
 *
 * It lives under one id at a time. When a survivor has taken it for dead (`dead_at` is set), everything under the old
 * id belongs to the survivors, and it goes on under a new id with a new queue, its polls still held.
 */
export class Membership {
  instanceId: string
  queueUrl: string | null = null
  /** What the other instances must show to tell this one something; theirs to read in its row. */
  relayKey = ''
  readonly #needs: Needs
  readonly #receiving = new Set<Receiving>()
  #joined = false
  #joining: Promise<void> | null = null
  #rejoining: Promise<void> | null = null
  #ownsQueue = false
  #beats = 0
  #databaseAnswers = true
  /** From here on a missing row is our own doing: nothing begins anew. */
  #leaving = false

  constructor(needs: Needs) {
    this.#needs = needs
    this.instanceId = needs.fixedId ?? randomUUID()
  }

  /**
   * Makes the queue, enters the row, and begins to receive. Callers that come while it is under way wait for the same
   * joining: each of their own would make a queue.
   */
  join(): Promise<void> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = null
    })
    return this.#joining
  }

  async #join(): Promise<void> {
    const { instances, openQueue, mailboxes, log } = this.#needs
    const { instanceId } = this
    const address = this.#needs.address()
    mailboxes.instanceId = instanceId
    const { queueUrl, ownsQueue, reader } = await openQueue(instanceId, (made) => {
      this.queueUrl = made
      this.#ownsQueue = true
    })
    this.queueUrl = queueUrl
    this.#ownsQueue = ownsQueue
    this.relayKey = randomBytes(32).toString('base64url')
    await instances.register({ id: instanceId, address, queueUrl, ownsQueue, relayKey: this.relayKey })
    // Asked to leave meanwhile: `leave` waits for this, and marks the row.
    if (this.#leaving) throw new Refusal('ERROR_DRAINING')
    this.#joined = true
    const stop = new AbortController()
    const receiving = { stop, ended: reader.run(stop.signal) }
    this.#receiving.add(receiving)
    void receiving.ended.then(() => this.#receiving.delete(receiving))
    log.info({ instanceId, queueUrl, address }, 'instance joined')
  }

  /** One heartbeat: says that we live, takes the silent for dead, and looks whether our sessions are still ours. */
  async beat(): Promise<void> {
    const { instances, sessions, mailboxes, delivery, log } = this.#needs
    try {
      const alive = await instances.heartbeat(this.instanceId)
      // The row may be there although the answer to its registration was lost: then nothing is received yet.
      if (!alive || !this.#joined) return await this.rejoin()
      for (const { id, heartbeatAt } of await instances.fenceDead({ afterSeconds: deadAfterSeconds })) {
        log.warn({ deadInstanceId: id, heartbeatAt }, 'instance was not heard of and is taken for dead')
      }
      this.#beats += 1
      const full = this.#beats % fullComparisonEvery === 0
      await compareSessions({ sessions, mailboxes, delivery, full })
      if (!this.#databaseAnswers) log.info({}, 'heartbeat goes through again')
      this.#databaseAnswers = true
    } catch (err) {
      if (this.#leaving) return
      if (this.#databaseAnswers) log.warn({ err }, 'heartbeat did not go through')
      this.#databaseAnswers = false
    }
  }

  /**
   * Goes on under a new id, or joins if that has not happened yet. Everybody who finds that there is no live row calls
   * this, and all wait for the same new beginning.
   */
  rejoin(): Promise<void> {
    if (this.#leaving) return Promise.reject(new Refusal('ERROR_DRAINING'))
    if (this.#joining !== null && this.#rejoining === null) return this.#joining
    this.#rejoining ??= this.#rejoin().finally(() => {
      this.#rejoining = null
    })
    return this.#rejoining
  }

  async #rejoin(): Promise<void> {
    const { fixedId, log, mailboxes, onFatal } = this.#needs
    if (fixedId !== null) {
      onFatal('this instance was taken for dead, and its fixed id does not allow it to go on under a new one')
      throw new Error('taken for dead under a fixed id')
    }
    const old = this.instanceId
    log.warn({ instanceId: old }, 'this instance was taken for dead and goes on under a new id')
    // The old queue is the survivors' to drain. Its leases stay ours until they end, and are acknowledged there.
    for (const { stop } of this.#receiving) stop.abort()
    // When this fails, the next heartbeat finds no row and comes here again: with the same new id, or there would be a
    // queue for every try.
    if (this.#joined) this.instanceId = randomUUID()
    this.#joined = false
    await this.join()
    const clients = await this.#recordAnew([...mailboxes.clientsHere()])
    log.info({ instanceId: this.instanceId, oldInstanceId: old, clients }, 'clients are recorded anew')
  }

  /** Records those that nobody else has meanwhile: a client that has gone elsewhere is not taken back. */
  async #recordAnew(clientIds: readonly string[]): Promise<number> {
    const { sessions, delivery } = this.#needs
    // Not knowing where they are, we say that they are here; their next poll says where they are.
    const peers = await sessions.findMany(clientIds).catch(() => null)
    const isElsewhere = (clientId: string) => {
      const peer = peers?.get(clientId)
      return peer !== undefined && peer.id !== this.instanceId
    }
    const ours = clientIds.filter((clientId) => !isElsewhere(clientId))
    for (const clientId of clientIds) if (isElsewhere(clientId)) delivery.moved(clientId)
    await Promise.allSettled(ours.map((clientId) => sessions.announce(clientId)))
    return ours.length
  }

  /** Beats every 5 s until the signal aborts. */
  async run(signal: AbortSignal, sleep: (ms: number, signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await sleep(5_000, signal)
      if (!signal.aborted) await this.beat()
    }
  }

  /**
   * Takes the instance off the list, with its sessions: nobody is sent here any more. Answers whether that is recorded;
   * while it is not, look-ups may still name the queue, which then has to stay.
   */
  async leave(): Promise<boolean> {
    this.#leaving = true
    // A row that is being entered must not come after the mark.
    await this.#joining?.catch(() => {})
    try {
      await this.#needs.instances.markLeaving(this.instanceId)
      return true
    } catch (err) {
      this.#needs.log.warn({ err }, 'the row of this instance could not be marked as leaving')
      return false
    }
  }

  /** Stops receiving; resolves when the last receive has run out. */
  async stopReceiving(): Promise<void> {
    await this.#joining?.catch(() => {})
    for (const { stop } of this.#receiving) stop.abort()
    await Promise.all([...this.#receiving].map(({ ended }) => ended))
  }

  /** Removes the queue, if it is empty and ours, and then the row. What is not removed is a survivor's to drain. */
  async takeDown(deleteIfEmpty: (queueUrl: string) => Promise<boolean>): Promise<void> {
    const { instances, log } = this.#needs
    if (this.queueUrl === null || !this.#ownsQueue) return
    try {
      if (await deleteIfEmpty(this.queueUrl)) await instances.remove(this.instanceId)
      else log.info({ queueUrl: this.queueUrl }, 'queue is not empty and is left for another instance to drain')
    } catch (err) {
      log.warn({ err, queueUrl: this.queueUrl }, 'queue could not be deleted and is left for another instance')
    }
  }
}
