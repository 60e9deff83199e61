import type { Instances } from '../../adapters/postgres/instances.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Membership } from './membership.ts'
import { type Compared, compareSessions } from './session-comparison.ts'

/** An instance that was not heard of for so long is dead, by the database's clock. */
const deadAfterSeconds = 20
/** Between two heartbeats: four of them may be lost before the instance is taken for dead. */
const heartbeatMs = 5_000
/** Every so many heartbeats the sessions are compared one by one, even if their number is right. */
const fullComparisonEvery = 6

interface Needs extends Compared {
  readonly instances: Pick<Instances, 'heartbeat' | 'fenceDead'>
  readonly membership: Pick<Membership, 'isLeaving' | 'recordedAnew' | 'superseded'>
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** The heartbeat of this instance: it finds instances that are dead, and whether this one was taken for dead itself. */
export class Heartbeat {
  readonly #needs: Needs
  #beats = 0
  #databaseAnswers = true

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Beats until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { sleep } = this.#needs
    while (!signal.aborted) {
      await sleep(heartbeatMs, signal)
      if (!signal.aborted) await this.#beat()
    }
  }

  /** One heartbeat: says that this instance lives, takes the silent for dead, and checks that our sessions are ours. */
  async #beat(): Promise<void> {
    const { identity, instances, membership, log } = this.#needs
    try {
      const { term } = identity
      // The row may be there although the answer to its registration was lost: then nothing is received yet.
      const standing = await instances.heartbeat(term)
      if (standing === 'superseded') return membership.superseded()
      if (standing === 'dead' || !term.joined) {
        await identity.lost(term)
        return await membership.recordedAnew()
      }
      for (const { id, heartbeatAt } of await instances.fenceDead({ afterSeconds: deadAfterSeconds })) {
        log.warn({ deadInstanceId: id, heartbeatAt }, 'instance was not heard of and is taken for dead')
      }
      this.#beats += 1
      await compareSessions(this.#needs, this.#beats % fullComparisonEvery === 0 ? 'each' : 'number')
      if (!this.#databaseAnswers) log.info({}, 'heartbeat goes through again')
      this.#databaseAnswers = true
    } catch (err) {
      if (membership.isLeaving) return
      if (this.#databaseAnswers) log.warn({ err }, 'heartbeat did not go through')
      this.#databaseAnswers = false
    }
  }

  /** Looks at once whether this process still has its row: a peer that has just started may have taken it over. */
  async look(): Promise<void> {
    const { identity, instances, membership } = this.#needs
    if (!identity.isFixed || !identity.joined) return
    const standing = await instances.heartbeat(identity.term).catch(() => null)
    if (standing === 'superseded') membership.superseded()
  }
}
