import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { anyFree } from '../../scripts/stack/ports.ts'
import { serviceEntry } from '../../scripts/stack/project.ts'
import { type ServerProcess, startServerProcess } from '../../scripts/stack/server-process.ts'

/** Between an end that nobody asked for, such as a start without a database, and the next start. */
const restartMs = 500

/** The state of an instance, as seen from outside. */
export type State = 'starting' | 'up' | 'paused' | 'leaving' | 'down'

/** A place for an instance, kept filled: whatever ends there is started again, as a supervisor does. */
export class Instance {
  readonly name: string
  state: State = 'down'
  /** `http://127.0.0.1:port` of the last process that was here; empty before the first. */
  url = ''
  /** Processes that had to be killed since they did not leave. */
  stuck = 0
  /** How often a process ended by itself. */
  crashed = 0
  /** Lines that were logged as an error or worse, with their number. */
  readonly errors = new Map<string, number>()
  readonly #settings: Readonly<Record<string, string>>
  readonly #logFolder: string
  readonly #onLate: (ms: number, url: string) => void
  readonly #onGivenUp: (notificationId: string) => void
  #process: ServerProcess | null = null
  #wanted = false
  #downMs = 0
  #runs = 0
  #supervising: Promise<void> = Promise.resolve()
  #listens = false
  #listening = Promise.withResolvers<void>()

  constructor(options: {
    readonly name: string
    readonly logFolder: string
    /** Its environment, but for what its port tells. */
    readonly settings: Readonly<Record<string, string>>
    /** Told when the process says that it stood still, and for how long. */
    readonly onLate: (ms: number, url: string) => void
    /** Told of a notification whose receipt the process has given up. */
    readonly onGivenUp: (notificationId: string) => void
  }) {
    this.name = options.name
    this.#logFolder = options.logFolder
    this.#settings = options.settings
    this.#onLate = options.onLate
    this.#onGivenUp = options.onGivenUp
  }

  /** Fills the place; resolves when the instance listens. */
  start(): Promise<void> {
    this.#wanted = true
    this.#supervising = this.#supervise()
    return this.listening()
  }

  /** Resolves when an instance here listens. */
  listening(): Promise<void> {
    return this.#listening.promise
  }

  /** Ends it without a word; the next one starts after `downMs`. */
  kill(downMs: number): void {
    this.#downMs = downMs
    this.state = 'down'
    this.#expectAnother()
    this.#signalGroup('SIGKILL')
  }

  pause(): void {
    this.state = 'paused'
    this.#signalGroup('SIGSTOP')
  }

  resume(): void {
    if (this.state !== 'paused') return
    this.#signalGroup('SIGCONT')
    this.state = 'up'
  }

  /** Asks it to leave and waits until it has. */
  async drain(): Promise<void> {
    const process = this.#process
    if (process === null || process.exit !== null) return
    this.state = 'leaving'
    this.#expectAnother()
    await process.stop()
    if (process.isStuck) this.stuck += 1
  }

  /** Asks it to leave, for good. */
  async stop(): Promise<void> {
    this.#wanted = false
    this.resume()
    await this.drain()
    await this.#supervising
  }

  /** Ends it at once, for good. */
  async abandon(): Promise<void> {
    this.#wanted = false
    this.kill(0)
    await this.#supervising
  }

  async #supervise(): Promise<void> {
    while (this.#wanted) {
      await this.#run()
      if (!this.#wanted) break
      await pause(Math.max(restartMs, this.#downMs))
      this.#downMs = 0
    }
    this.state = 'down'
  }

  async #run(): Promise<void> {
    const port = await anyFree()
    const url = `http://127.0.0.1:${port}`
    this.state = 'starting'
    this.#runs += 1
    const log = createWriteStream(join(this.#logFolder, `${this.name}-${this.#runs}.log`))
    const server = startServerProcess({
      args: [serviceEntry],
      env: { ...this.#settings, PORT: String(port), INSTANCE_ADDRESS: url },
      onLine: (line) => {
        log.write(`${line}\n`)
        this.#note(line)
        const [, gapMs] = /"gapMs":(\d+),"msg":"this process was paused"/.exec(line) ?? []
        const [, givenUp] = /"notificationId":"([^"]+)".*"msg":"[^"]*receipt[^"]*given up/.exec(line) ?? []
        if (givenUp !== undefined) this.#onGivenUp(givenUp)
        if (gapMs !== undefined) this.#onLate(Number(gapMs), url)
      },
    })
    this.#process = server
    server.listening.then(
      () => this.#isListening(url),
      () => {},
    )
    await server.exited
    log.end()
    if (this.#isUp()) this.crashed += 1
    this.state = 'down'
    this.#expectAnother()
  }

  #isListening(url: string): void {
    if (this.state !== 'starting') return
    this.state = 'up'
    this.url = url
    this.#listens = true
    this.#listening.resolve()
  }

  /** A caller that waits for a process which never listened waits for the next. */
  #expectAnother(): void {
    if (this.#listens) this.#listening = Promise.withResolvers()
    this.#listens = false
  }

  /** Signals the process and its children: with `INSTANCES` above 1 it is the parent of the instances. */
  #signalGroup(signal: NodeJS.Signals): void {
    const running = this.#process
    if (running !== null && running.exit === null) process.kill(-running.pid, signal)
  }

  #note(line: string): void {
    const [, sentence] = /^\{"level":[56]0\b.*"msg":"([^"]+)"/.exec(line) ?? []
    if (sentence !== undefined) this.errors.set(sentence, (this.errors.get(sentence) ?? 0) + 1)
  }

  #isUp(): boolean {
    return this.state === 'up'
  }
}
