import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Clock, Log } from '../delivery/ports.ts'

/** One reading of how busy this process is. */
interface Reading {
  /** The mean delay of the event loop since the last reading. */
  readonly delayMs: number
  /** The part of a processor that this process has taken, from 0 to 1 or a little more. */
  readonly processor: number
  /** The part of the memory it may have that is taken, from 0 to 1: of the heap, or of the container. */
  readonly memory: number
}

/** Between two readings. */
const readEveryMs = 1_000
/** Every request waits this long for its turn, several times: newcomers would only make it longer. */
const maxDelayMs = 500
/** Below it the processor is busy with other programs: refusing clients would not free it. */
const minProcessor = 0.6
/** Close to the limit the garbage collector takes all the time there is, and then the process ends. */
const maxMemory = 0.85
/** Readings in a row that are past a bound: one is a single long task, or a pause of the process. */
const maxReadings = 2

interface Needs {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly read?: () => Reading
}

/** Watches how busy this process is, and says so in the log when it has become too busy, and when that is over. */
export class Load {
  #readings = 0
  readonly #needs: Required<Needs>
  readonly #stopReading: (() => void) | null
  #cancel: () => void

  constructor({ clock, log, read }: Needs) {
    const meter = read === undefined ? openMeter() : null
    this.#needs = { clock, log, read: read ?? meter?.read ?? (() => ({ delayMs: 0, processor: 0, memory: 0 })) }
    this.#stopReading = meter?.close ?? null
    this.#cancel = this.#schedule()
  }

  /** Newcomers are refused. */
  get isTooMuch(): boolean {
    return this.#readings >= maxReadings
  }

  close(): void {
    this.#cancel()
    this.#stopReading?.()
  }

  #schedule(): () => void {
    return this.#needs.clock.after(readEveryMs, () => {
      this.#cancel = this.#schedule()
      this.#look()
    })
  }

  #look(): void {
    const { log, read } = this.#needs
    const was = this.isTooMuch
    const { delayMs, processor, memory } = read()
    const isBusy = delayMs > maxDelayMs && processor > minProcessor
    this.#readings = isBusy || memory > maxMemory ? this.#readings + 1 : 0
    if (this.isTooMuch === was) return
    const fields = { delayMs: Math.round(delayMs), memoryPercent: Math.round(memory * 100) }
    if (was) log.info(fields, 'no longer overloaded: newcomers are served again')
    else log.warn(fields, 'overloaded: newcomers are refused until it is over')
  }
}

function openMeter(): { read(): Reading; close(): void } {
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  let usage = process.cpuUsage()
  let readAt = performance.now()
  return {
    read() {
      const now = performance.now()
      const { user, system } = process.cpuUsage(usage)
      const processor = (user + system) / 1000 / (now - readAt)
      usage = process.cpuUsage()
      readAt = now
      const delayMs = delays.count === 0 ? 0 : delays.mean / 1_000_000
      delays.reset()
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
      return { delayMs, processor, memory: Math.max(used / limit, partOfContainer()) }
    },
    close: () => void delays.disable(),
  }
}

/** Returns how much of its container's memory the process takes; 0 where nothing constrains it. */
function partOfContainer(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < Number.MAX_SAFE_INTEGER ? process.memoryUsage.rss() / limit : 0
}
