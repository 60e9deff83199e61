import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Lease, Source } from '../../delivery/lease.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'
import { within } from '../clock.ts'
import { Batches, type Entry, type Failure } from './batches.ts'
import type { QueueKind, SqsCounters } from './counters.ts'
import { FastChangeMessageVisibilityBatch, FastDeleteMessageBatch } from './fast-calls.ts'
import type { ReceiptKeeping } from './receipt-keeping.ts'
import { isSqsError } from './sqs-error.ts'
import { UnkeptReceipts } from './unkept-receipts.ts'

/** Some 2 MB: the acknowledgements of seconds on a busy instance, of hours on an ordinary one. */
const defaultRememberedKeys = 10_000
/** Nobody waits for a delete. At 250 acknowledgements a second ten come in this time, so that they cost one call. */
const deleteLingerMs = 40
/** Somebody may wait for a message that is released: long enough for a burst to share calls, too short to be noticed. */
const visibilityLingerMs = 5

/**
 * Tells SQS how the leases on one queue's messages end: acknowledged messages are deleted, released ones are shown again.
 * A message that SQS is not told of within its lease is shown again; `wasAcknowledged` tells those that were acknowledged.
 */
export class Settlements {
  /** The port of the core: `lease.key` is the SQS message id, `lease.receipt` the receipt handle. */
  readonly source: Source
  readonly kind: QueueKind
  readonly #clock: Clock
  readonly #deletes: Batches
  readonly #giveBacks: Batches
  readonly #hides: Batches
  readonly #acknowledged: RecentKeys
  readonly #settling: Set<Settlements>
  /** Receipts without which their messages are not deleted; null where no receipts are kept. */
  readonly #unkept: UnkeptReceipts | null
  /** Messages on their way to the dead-letter queue because their notifications have expired. */
  readonly #moving = new Set<Promise<void>>()
  /** Moves a message whose notification has expired to the dead-letter queue; it is deleted at once when null. Never rejects. */
  onOutdated: ((lease: Lease) => Promise<void>) | null = null

  constructor(needs: {
    /** The acting client. */
    readonly client: SQSClient
    readonly queueUrl: string
    readonly kind: QueueKind
    readonly clock: Clock
    readonly log: Log
    readonly counters: SqsCounters
    /** The visibility timeout of a released message: 0, or 1 where the emulator loses messages released with 0. */
    readonly giveBackSeconds?: number
    /** How many acknowledged messages are remembered. */
    readonly rememberedKeys?: number
    /** The set that these settlements are in while entries are outstanding. */
    readonly settling?: Set<Settlements>
    readonly random?: () => number
    readonly receipts?: ReceiptKeeping
  }) {
    const { client, queueUrl, kind, clock, log, counters, giveBackSeconds = 0, random = Math.random } = needs
    this.kind = kind
    this.#clock = clock
    this.source = {
      kind,
      shared: false,
      acknowledge: (lease) => {
        const { receipt, key, expiresAt, end } = lease
        const hasEnded = end === 'acknowledged' || end === 'outdated'
        if (!hasEnded || !needs.receipts?.wants(lease)) return this.acknowledge(String(receipt), key, expiresAt)
        this.#acknowledged.add(key)
        this.#settling.add(this)
        void this.#unkept?.keep(lease).then(() => this.#settled())
      },
      handedOver: (lease) => {
        if (lease.notification.receipt) needs.receipts?.note(lease, 'handed-over')
      },
      release: ({ receipt, key, expiresAt }) => this.release(String(receipt), key, expiresAt),
      outdated: (lease) => this.#endOutdated(lease),
    }
    this.#acknowledged = new RecentKeys({ maxKeys: needs.rememberedKeys ?? defaultRememberedKeys })
    this.#settling = needs.settling ?? new Set()
    this.#unkept =
      needs.receipts === undefined ? null : new UnkeptReceipts({ clock, log, counters, messages: this }, needs.receipts)
    const givenUp = (sentence: string) => (entries: readonly Entry[], err: unknown) => {
      counters.givenUp += entries.length
      log.warn({ err, queueUrl, count: entries.length, messageId: entries[0]?.key }, sentence)
      this.#settled()
    }
    this.#deletes = new Batches({
      clock,
      random,
      lingerMs: deleteLingerMs,
      call: async (entries) => {
        const deletion = new FastDeleteMessageBatch({
          QueueUrl: queueUrl,
          Entries: entries.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle })),
        })
        const { Failed } = await client.send(deletion).catch(unlessGone)
        return failures(entries, Failed)
      },
      onDone: (count) => {
        counters.acknowledged += count
        this.#settled()
      },
      onGivenUp: givenUp('acknowledged messages could not be deleted and will be shown again'),
    })
    const changeVisibility = (secondsOf: (entry: Entry) => number) => async (entries: readonly Entry[]) => {
      const change = new FastChangeMessageVisibilityBatch({
        QueueUrl: queueUrl,
        Entries: entries.map((entry, index) => ({
          Id: String(index),
          ReceiptHandle: entry.handle,
          VisibilityTimeout: secondsOf(entry),
        })),
      })
      const { Failed } = await client.send(change).catch(unlessGone)
      return failures(entries, Failed)
    }
    this.#hides = new Batches({
      clock,
      random,
      lingerMs: visibilityLingerMs,
      call: changeVisibility(({ visibleAt = 0 }) => Math.max(0, Math.floor((visibleAt - clock.now()) / 1000))),
      onDone: () => this.#settled(),
      onGivenUp: givenUp('messages could not be hidden and are shown again when their visibility timeout ends'),
    })
    this.#giveBacks = new Batches({
      clock,
      random,
      lingerMs: visibilityLingerMs,
      call: changeVisibility(() => giveBackSeconds),
      onDone: (count) => {
        counters.released += count
        this.#settled()
      },
      onGivenUp: givenUp('messages could not be released and are shown again when their visibility timeout ends'),
    })
  }

  /** Deletes the message, and remembers it in case SQS shows it again all the same. */
  acknowledge(handle: string, key: string, expiresAt: number): void {
    if (this.#unkept?.renew(key, handle, expiresAt)) return
    this.#acknowledged.add(key)
    this.delete(handle, key, expiresAt)
  }

  /** Deletes a message that is not a notification and is safe in another queue. */
  delete(handle: string, key: string, expiresAt: number): void {
    this.#settling.add(this)
    this.#deletes.add({ handle, key, expiresAt })
  }

  /** Shows the message again at once. */
  release(handle: string, key: string, expiresAt: number): void {
    this.#settling.add(this)
    this.#giveBacks.add({ handle, key, expiresAt })
  }

  /** Hides a message that is not a notification, or whose receipt is not kept yet, until `visibleAt`, by `Clock.now()`. */
  hide(entry: Required<Entry>): void {
    this.#settling.add(this)
    this.#hides.add(entry)
  }

  #endOutdated(lease: Lease): void {
    if (this.onOutdated === null) return this.source.acknowledge(lease)
    this.#settling.add(this)
    const moving = this.onOutdated(lease).finally(() => {
      this.#moving.delete(moving)
      this.#settled()
    })
    this.#moving.add(moving)
  }

  #settled(): void {
    if (this.outstanding === 0) this.#settling.delete(this)
  }

  /** Whether this instance has acknowledged the message lately: its delete failed, came too late or is still to be made. */
  wasAcknowledged(key: string): boolean {
    return this.#acknowledged.has(key) || this.#unkept?.has(key) === true
  }

  /** How many messages are on their way, and how many deletes, releases and hides are neither confirmed nor given up. */
  get outstanding(): number {
    const unkept = this.#unkept?.size ?? 0
    return (
      this.#moving.size + unkept + this.#deletes.outstanding + this.#giveBacks.outstanding + this.#hides.outstanding
    )
  }

  /**
   * Resolves when nothing is outstanding. Messages that are on their way after a half of `withinMs` are released, or left
   * to their visibility timeout, and entries that are outstanding at its end are given up.
   */
  async drained(withinMs = 5_000): Promise<void> {
    const endsAt = this.#clock.now() + withinMs
    const receipts = () => this.#unkept?.drained(withinMs / 2)
    // A message that has been moved may leave a receipt, which is still to be kept then.
    const moved = Promise.all(this.#moving).then(receipts)
    // A call that is in flight by then may take a little longer.
    await within(this.#clock, (withinMs * 3) / 4, Promise.all([moved, receipts()]))
    const leftMs = Math.max(0, endsAt - this.#clock.now())
    const all = [this.#deletes, this.#giveBacks, this.#hides]
    await Promise.all(all.map((batches) => batches.drained(leftMs)))
  }
}

/**
 * Drains all of these. A lease may end long after the last receive from its queue, so a stop drains the settlements that
 * have entries outstanding, and does not ask the pollers.
 */
export async function drainAll(settling: Iterable<Settlements>, withinMs: number): Promise<void> {
  await Promise.all(Array.from(settling, (settlements) => settlements.drained(withinMs)))
}

/** Messages are gone with their queue: there is nothing left to settle. */
function unlessGone(error: unknown): { readonly Failed?: never[] } {
  if (isSqsError(error, 'QueueDoesNotExist')) return {}
  throw error
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
