import type { Handover } from './handover.ts'
import type { Trail } from './trail.ts'

/** Streams of one client that have ended and whose cursors are remembered. */
const maxOver = 16

/** The streams of one client that were handed something which is not settled. */
export class Trails {
  readonly #byNumber = new Map<number, Trail>()

  /** Whatever is not settled, of all streams. */
  list(): Handover[] {
    return [...this.#byNumber.values()].flatMap((trail) => trail.list())
  }

  /** What the cursor of an event stands for. */
  upTo(number: number, event: number): Handover[] {
    return this.#byNumber.get(number)?.upTo(event) ?? []
  }

  add(trail: Trail, handover: Handover): void {
    trail.add(handover)
    this.#byNumber.set(trail.number, trail)
  }

  /** The event is settled. */
  remove(trail: Trail, handover: Handover): void {
    trail.remove(handover)
    this.#dropIfOver(trail)
  }

  /** Its stream has ended. Answers those whose cursors stand for nothing any more, since too many streams have ended. */
  end(trail: Trail): Handover[] {
    trail.over = true
    this.#dropIfOver(trail)
    const over = [...this.#byNumber.values()].filter((one) => one.over)
    const [oldest] = over
    if (oldest === undefined || over.length <= maxOver) return []
    this.#byNumber.delete(oldest.number)
    return oldest.list()
  }

  #dropIfOver({ number, over, size }: Trail): void {
    if (over && size === 0) this.#byNumber.delete(number)
  }
}
