import type { Answer } from './post.ts'

/** The maximum of calls to one host in flight. */
const maxPerHost = 16

interface Lane {
  inFlight: number
  readonly waiting: { readonly start: () => void; readonly giveUp: () => void }[]
}

/**
 * Keeps calls to one host from taking the place of calls to others: a host gets so many at a time. When it does not answer
 * one of them, those that wait for it are put off, since each would wait for as long.
 */
export class HostLanes {
  readonly #lanes = new Map<string, Lane>()

  /** Runs the call when there is room. */
  async run(host: string, call: () => Promise<Answer>): Promise<Answer> {
    const lane = this.#lanes.get(host) ?? { inFlight: 0, waiting: [] }
    this.#lanes.set(host, lane)
    if (lane.inFlight >= maxPerHost && !(await this.#turn(lane))) return { kind: 'put-off' }
    lane.inFlight += 1
    const answer = await call()
    lane.inFlight -= 1
    if (answer.kind === 'unanswered') for (const { giveUp } of lane.waiting.splice(0)) giveUp()
    else lane.waiting.shift()?.start()
    if (lane.inFlight === 0 && lane.waiting.length === 0) this.#lanes.delete(host)
    return answer
  }

  /** Resolves with true when it is this call's turn, and with false when the host does not answer. */
  #turn({ waiting }: Lane): Promise<boolean> {
    return new Promise((resolve) => waiting.push({ start: () => resolve(true), giveUp: () => resolve(false) }))
  }
}
