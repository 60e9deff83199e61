import type { Peer } from '../../delivery/peers/directory.ts'
import type { Log } from '../../delivery/ports.ts'

const underFixedId = 'under the same NOTIFICATION_SERVICE_CLIENT_ID, as in a rolling deploy'

interface Needs {
  readonly log: Log
  /** Called once, when a later process has taken over the fixed id of this one, which has to leave. */
  readonly onSuperseded: () => void
}

/**
 * The processes that live under one fixed id, one after the other: what this one says of the earlier process that it takes
 * the id over from, and of the later process that takes the id over. Two for good under one id replace each other again
 * and again, so one warning in each life is enough.
 */
export class Succession {
  readonly #needs: Needs
  #hasWarned = false
  #isOver = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** This process has taken the id over from one that lives. */
  tookOver(instanceId: string, { address }: Pick<Peer, 'address'>): void {
    this.#hasWarned = true
    this.#needs.log.warn(
      { instanceId, address },
      `another process lives ${underFixedId}; it leaves, and this one goes on`,
    )
  }

  /**
   * A later process has taken the id over. Does nothing the second time. A process that leaves anyway is the earlier half of
   * a deploy, which needs no warning.
   */
  superseded(instanceId: string, { isLeaving }: { readonly isLeaving: boolean }): void {
    if (this.#isOver) return
    this.#isOver = true
    const { log, onSuperseded } = this.#needs
    const level = this.#hasWarned ? 'info' : 'warn'
    if (!isLeaving) log[level]({ instanceId }, `another process has started ${underFixedId}; this one leaves`)
    onSuperseded()
  }
}
