import type { Clock } from '../../src/delivery/ports.ts'
import type { World } from './world.ts'

interface Waiting {
  readonly kind: 'timer' | 'io'
  readonly run: () => void
}

/**
 * One simulated process: it runs, is paused (time goes on, nothing is called; all of it is called on waking), or is
 * dead (nothing is ever called again). Everything that reaches the core goes through here.
 */
export class Process {
  readonly world: World
  alive = true
  #pausedUntil = 0
  /** The time of its last wake-up from a pause. */
  awakeSince = Number.NEGATIVE_INFINITY
  readonly #backlog: Waiting[] = []
  #timers = 0
  #crash: { effects: number; phase: 'before' | 'after' } | null = null
  /** Called once, when it has died. */
  onDeath: () => void = () => {}

  constructor(world: World) {
    this.world = world
  }

  /** Timers the core has set. */
  get timers(): number {
    return this.#timers
  }

  get paused(): boolean {
    return this.#pausedUntil > this.world.now
  }

  /** The clock the core sees. */
  readonly clock: Clock = {
    now: () => this.world.now,
    after: (ms, wake) => {
      let set = true
      const end = () => {
        if (!set) return false
        set = false
        this.#timers -= 1
        return true
      }
      this.#timers += 1
      const cancel = this.world.after(ms, () => this.#enter('timer', () => end() && wake()))
      return () => {
        if (end()) cancel()
      }
    },
  }

  /** Runs a callback that an event outside of the process causes. */
  io(run: () => void): void {
    this.#enter('io', run)
  }

  #enter(kind: Waiting['kind'], run: () => void): void {
    if (!this.alive) return
    if (this.paused) {
      this.#backlog.push({ kind, run })
      return
    }
    this.world.stir()
    run()
  }

  pause(ms: number): void {
    if (!this.alive || this.paused) return
    this.#pausedUntil = this.world.now + ms
    this.world.after(ms, () => this.#wake())
  }

  /** Makes the calls that were due during the pause at once, timers and sockets in either order. */
  #wake(): void {
    this.awakeSince = this.world.now
    const first = this.world.random.chance(0.5) ? 'timer' : 'io'
    const backlog = this.#backlog.splice(0)
    const ordered = [...backlog.filter(({ kind }) => kind === first), ...backlog.filter(({ kind }) => kind !== first)]
    for (const { kind, run } of ordered) this.world.after(0, () => this.#enter(kind, run))
  }

  /** Dies at one of the next effects, before the world has it or before the process hears of it. */
  crashIn(effects: number, phase: 'before' | 'after'): void {
    this.#crash = { effects, phase }
  }

  /**
   * Performs an effect of the process on the world. Returns whether the process is alive to see the result.
   * After its death it does nothing any more, whatever its code goes on to do.
   */
  effect(perform: () => void): boolean {
    if (!this.alive) return false
    let now: 'before' | 'after' | null = null
    if (this.#crash !== null && --this.#crash.effects <= 0) now = this.#crash.phase
    if (now === 'before') this.die()
    else perform()
    if (now === 'after') this.die()
    return this.alive
  }

  /** A statement or call of this process: it may fail before it is done, or after, and takes its time. */
  call<T>(perform: () => T): Promise<T> {
    const { world } = this
    const { random, trouble } = world
    const fails = random.chance(trouble / 4) ? random.pick(['before', 'after']) : null
    return new Promise((resolve, reject) => {
      world.after(world.slowHop(), () => {
        let result: T | undefined
        const work = () => {
          result = perform()
        }
        if (fails !== 'before' && !this.effect(work)) return
        const settle = () => (fails ? reject(new Error(`failed ${fails} its commit`)) : resolve(result as T))
        world.after(world.hop(), () => this.io(settle))
      })
    })
  }

  die(): void {
    if (!this.alive) return
    this.alive = false
    this.#backlog.length = 0
    this.onDeath()
  }
}
