import type { Clock, Log } from './ports.ts'

/** While an outage lasts, a reminder is logged this often: enough to be seen, not enough to fill the log. */
const remindEveryMs = 60_000

interface Needs {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Logged when it begins and once a minute while it lasts. */
  readonly failing: string
  /** Logged when it is over. */
  readonly recovered: string
}

/**
 * Tells of an outage in two lines, however many operations fail meanwhile: one when it begins and one when it ends. While
 * it lasts a reminder follows every minute, with the latest reason and how often something has failed.
 */
export class OutageLog {
  readonly #needs: Needs
  #outage: { readonly since: number; toldAt: number; failures: number } | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /**
   * An operation has failed. `fields` say what was tried, such as `operation` or `queueUrl`. `err` may be null when they
   * give the reason.
   */
  failed(err: unknown, given: object = {}): void {
    const { clock, log, failing } = this.#needs
    const now = clock.now()
    const fields = err === null ? given : { err, ...given }
    if (this.#outage === null) {
      this.#outage = { since: now, toldAt: now, failures: 1 }
      log.warn(fields, failing)
      return
    }
    this.#outage.failures += 1
    if (now - this.#outage.toldAt < remindEveryMs) return
    this.#outage.toldAt = now
    const { since, failures } = this.#outage
    log.warn({ ...fields, failures, sinceSeconds: Math.round((now - since) / 1000) }, failing)
  }

  /** An operation has succeeded. `fields` are added to the line when that ends an outage. */
  worked(fields: object = {}): void {
    if (this.#outage === null) return
    const { since, failures } = this.#outage
    this.#outage = null
    const seconds = Math.round((this.#needs.clock.now() - since) / 1000)
    this.#needs.log.info({ ...fields, failures, seconds }, this.#needs.recovered)
  }
}
