import { OutageLog } from '../../delivery/outage-log.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'

/** An outage that begins so soon after the one before began is not told: the queue of one client may come and go. */
const quietMs = 30_000
/** How long the result of a look at SQS is believed. */
const lookEveryMs = 5_000
/** More than this part of the queues failing is no matter of single clients any more. */
const tolerated = 1 / 2

interface Needs {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Asks SQS for nothing in particular; resolves with `ok` or the name of the error. */
  readonly look: () => Promise<string>
}

/**
 * The health of the queues of all clients together: an outage is one line in the log, not one for each client or reason,
 * and the trouble of one client is not the instance's.
 */
export class QueueHealth {
  readonly #needs: Needs
  /** How many queues are `ok`, and how many fail for each reason. One that is missing is neither. */
  readonly #counts = new Map<string, number>()
  readonly #outage: OutageLog
  /** When the latest outage that was told began. */
  #toldAt = Number.NEGATIVE_INFINITY
  #isTold = false
  #looked: { readonly at: number; readonly found: Promise<string> } | null = null

  constructor(needs: Needs) {
    this.#needs = needs
    this.#outage = new OutageLog({
      ...needs,
      failing: "receiving from clients' queues fails and is tried again",
      recovered: "receiving from clients' queues no longer fails",
    })
  }

  /** The queue at this URL has changed, or has failed again; null: not known yet, or not received from any more. */
  changed(queueUrl: string, before: string | null, now: string | null): void {
    this.#add(before, -1)
    this.#add(now, 1)
    if (now !== null && now !== 'ok' && now !== 'missing') this.#tellFailure(queueUrl, now)
    else if (now !== null) this.#tellRecovery()
  }

  /** For readiness. While no client is here to tell, SQS is asked. */
  async finding(): Promise<Finding> {
    const ok = this.#counts.get('ok') ?? 0
    const failing = this.#failing
    const all = ok + failing
    if (all === 0) return toFinding(await this.#look(), '')
    if (failing <= all * tolerated) return 'ok'
    const [reason = ''] = [...this.#counts].filter(([kind]) => kind !== 'ok').sort(([, a], [, b]) => b - a)[0] ?? []
    return toFinding(reason, ` for ${failing} of ${all} clients`)
  }

  get #failing(): number {
    let failing = 0
    for (const [kind, count] of this.#counts) if (kind !== 'ok') failing += count
    return failing
  }

  #add(kind: string | null, by: 1 | -1): void {
    if (kind === null || kind === 'missing') return
    const count = (this.#counts.get(kind) ?? 0) + by
    if (count === 0) this.#counts.delete(kind)
    else this.#counts.set(kind, count)
  }

  #tellFailure(queueUrl: string, reason: string): void {
    if (!this.#isTold) {
      const now = this.#needs.clock.now()
      if (now - this.#toldAt < quietMs) return
      this.#toldAt = now
      this.#isTold = true
    }
    this.#outage.failed(null, { operation: 'receive', reason, queueUrl, failingQueues: this.#failing })
  }

  /** Called when a queue has worked. Ends the outage unless other queues still fail. */
  #tellRecovery(): void {
    if (this.#failing > 0) return
    this.#isTold = false
    this.#outage.worked()
  }

  #look(): Promise<string> {
    const now = this.#needs.clock.now()
    if (this.#looked === null || now - this.#looked.at >= lookEveryMs) {
      this.#looked = { at: now, found: this.#needs.look() }
    }
    return this.#looked.found
  }
}

function toFinding(health: string, share: string): Finding {
  if (health === 'ok') return 'ok'
  return { code: 'ERROR_SQS_UNEXPECTED_ERROR', reason: `receiving from the queues fails${share}: ${health}` }
}
