import type { Clock } from '../../delivery/ports.ts'
import type { Finding } from '../../delivery/refusal.ts'

/** A reason that comes and goes is told again after this. */
const quietMs = 30_000
/** How long the answer of the empty-handed look is believed. */
const lookEveryMs = 5_000
/** More than this part of the queues failing is no matter of single clients any more. */
const tolerated = 1 / 2

interface Needs {
  readonly clock: Clock
  readonly log: { warn(fields: object, sentence: string): void; info(fields: object, sentence: string): void }
  /** Asks SQS for nothing in particular; answers `ok` or what goes wrong. */
  readonly look: () => Promise<string>
}

/**
 * How the queues of all clients are, together: an outage is one line in the log and not one for each client, and the
 * trouble of one client is not the instance's.
 */
export class QueueHealth {
  readonly #needs: Needs
  /** How many queues are `ok`, and how many fail for each reason. One that is missing is neither. */
  readonly #counts = new Map<string, number>()
  readonly #toldAt = new Map<string, number>()
  #told = false
  #looked: { readonly at: number; readonly found: Promise<string> } | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** The queue at this URL has changed; null: not known yet, or not received from any more. */
  changed(queueUrl: string, before: string | null, now: string | null): void {
    this.#add(before, -1)
    this.#add(now, 1)
    if (now !== null && now !== 'ok' && now !== 'missing') this.#tellFailure(queueUrl, now)
    else this.#tellRecovery()
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
    const now = this.#needs.clock.now()
    const at = this.#toldAt.get(reason)
    if (this.#counts.get(reason) !== 1 || (at !== undefined && now - at < quietMs)) return
    // The reasons are names of errors: few, but not ours to count on.
    if (this.#toldAt.size >= 100) this.#toldAt.clear()
    this.#toldAt.set(reason, now)
    this.#told = true
    this.#needs.log.warn({ reason, queueUrl }, "receiving from clients' queues fails and is tried again")
  }

  #tellRecovery(): void {
    if (!this.#told || this.#failing > 0) return
    this.#told = false
    this.#needs.log.info({}, "receiving from clients' queues no longer fails")
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
