import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock, Source } from '../../delivery/ports.ts'
import { Batches, type Entry, type Failure } from './batches.ts'
import type { SqsCounters } from './counters.ts'
import type { Log } from './log.ts'

/** Some 2 MB; what a busy instance acknowledges in seconds and an ordinary one in hours. */
const defaultMemory = 10_000

/**
 * How the leases on one queue's messages end: acknowledged messages are deleted, released ones are shown again.
 * What SQS does not hear of within the lease is shown again by itself; if it was acknowledged, `wasAcknowledged` knows.
 */
export class Settlements {
  /** The same as a port of the core: `lease.key` is the SQS message id, `lease.receipt` the receipt handle. */
  readonly source: Source = {
    shared: false,
    acknowledge: ({ receipt, key, expiresAt }) => this.acknowledge(String(receipt), key, expiresAt),
    release: ({ receipt, key, expiresAt }) => this.release(String(receipt), key, expiresAt),
  }
  readonly #deletes: Batches
  readonly #giveBacks: Batches
  /** Two generations: when the young one is full the old one is dropped whole, so nothing is looked for or moved. */
  #young = new Set<string>()
  #old = new Set<string>()
  readonly #rememberedKeys: number
  readonly #settling: Set<Settlements>

  constructor(needs: {
    /** The acting client. */
    readonly client: SQSClient
    readonly queueUrl: string
    readonly clock: Clock
    readonly log: Log
    readonly counters: SqsCounters
    /** Visibility a released message gets. 0, but 1 where the queue loses what is given back with 0. */
    readonly giveBackSeconds?: number
    /** How many acknowledged messages are remembered. */
    readonly rememberedKeys?: number
    /** Where these are while something is outstanding. */
    readonly settling?: Set<Settlements>
    readonly random?: () => number
  }) {
    const { client, queueUrl, clock, log, counters, giveBackSeconds = 0, random = Math.random } = needs
    this.#rememberedKeys = needs.rememberedKeys ?? defaultMemory
    this.#settling = needs.settling ?? new Set()
    const givenUp = (sentence: string) => (entries: readonly Entry[], err: unknown) => {
      counters.givenUp += entries.length
      log.warn({ err, queueUrl, count: entries.length, messageId: entries[0]?.key }, sentence)
      this.#told()
    }
    this.#deletes = new Batches({
      clock,
      random,
      call: async (entries) => {
        const { Failed } = await client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: entries.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle })),
          }),
        )
        return failures(entries, Failed)
      },
      onDone: (count) => {
        counters.acknowledged += count
        this.#told()
      },
      onGivenUp: givenUp('acknowledged messages could not be deleted and will be shown again'),
    })
    this.#giveBacks = new Batches({
      clock,
      random,
      call: async (entries) => {
        const { Failed } = await client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: queueUrl,
            Entries: entries.map(({ handle }, index) => ({
              Id: String(index),
              ReceiptHandle: handle,
              VisibilityTimeout: giveBackSeconds,
            })),
          }),
        )
        return failures(entries, Failed)
      },
      onDone: (count) => {
        counters.released += count
        this.#told()
      },
      onGivenUp: givenUp('messages could not be given back and are shown again when their visibility timeout ends'),
    })
  }

  /** The message is deleted, and remembered in case it is shown again all the same. */
  acknowledge(handle: string, key: string, expiresAt: number): void {
    this.#young.add(key)
    if (this.#young.size > this.#rememberedKeys) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.delete(handle, key, expiresAt)
  }

  /** The message is deleted: for one that is no notification and is safe elsewhere. */
  delete(handle: string, key: string, expiresAt: number): void {
    this.#settling.add(this)
    this.#deletes.add({ handle, key, expiresAt })
  }

  /** The message is shown again at once. */
  release(handle: string, key: string, expiresAt: number): void {
    this.#settling.add(this)
    this.#giveBacks.add({ handle, key, expiresAt })
  }

  #told(): void {
    if (this.outstanding === 0) this.#settling.delete(this)
  }

  /** Whether this instance has acknowledged the message lately: its delete failed, came too late or is on its way. */
  wasAcknowledged(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  /** Settlements that SQS has not confirmed and that are not given up. */
  get outstanding(): number {
    return this.#deletes.outstanding + this.#giveBacks.outstanding
  }

  /** Resolves when nothing is outstanding; what still is after `withinMs` is given up. */
  async drained(withinMs = 5_000): Promise<void> {
    await Promise.all([this.#deletes.drained(withinMs), this.#giveBacks.drained(withinMs)])
  }
}

/**
 * The same for all of these. A lease may end long after its queue was received from for the last time, so whoever stops
 * asks the settlements that have something outstanding, and not the pollers.
 */
export async function drainAll(settling: Iterable<Settlements>, withinMs: number): Promise<void> {
  await Promise.all(Array.from(settling, (settlements) => settlements.drained(withinMs)))
}

function failures(
  entries: readonly Entry[],
  failed: readonly { Id?: string | undefined; SenderFault?: boolean | undefined; Code?: string | undefined }[] = [],
): Failure[] {
  return failed.flatMap(({ Id, SenderFault, Code }) => {
    const entry = entries[Number(Id)]
    return entry ? [{ entry, final: SenderFault === true, reason: Code }] : []
  })
}
