import { type ChildProcess, spawn } from 'node:child_process'
import type { Changes } from './changes.ts'
import type { DriverLine, KitLine, Transport } from './driver-lines.ts'
import type { SentNotification } from './service/notification.ts'

/** The application's decision about a notification. `hold`: it is still at work on it. */
export type Decision = 'acknowledge' | 'fail' | 'hold'

interface Options {
  readonly command: string
  readonly url: string
  readonly changes: Changes
  readonly violate: (sentence: string) => void
}

const lastLinesMs = 300
/** The last part of the error output, which is shown when a case fails. */
const maxComplaint = 2_000

/** A client program, driven over its standard input and output, and the application that it serves. */
export class ClientProcess {
  /** All notifications that the application was given, in order. */
  readonly handed: SentNotification[] = []
  /** The ids that the application has told the client to be done with. */
  readonly done = new Set<string>()
  readonly transports: Transport[] = []
  isReady = false
  /** Null until the client says that it has ended; then its reason, which is empty when it was stopped. */
  ended: { readonly error: string } | null = null
  hasExited = false
  tokenRequests = 0
  complaint = ''
  decide: (notification: SentNotification) => Decision = () => 'acknowledge'
  /** The application's answer to the nth request for a token; `hold` leaves the request unanswered. */
  renew: (nth: number) => string | null | 'hold' = (nth) => `token-${nth + 1}`
  #isTokenOwed = false
  readonly #child: ChildProcess
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
    // A group of its own, so that a shell ends together with the client that it has started.
    this.#child = spawn(options.command, { shell: true, detached: true, stdio: 'pipe' })
    this.#child.stdin?.on('error', () => {})
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-maxComplaint)
    })
    let rest = ''
    // Not `node:readline`, which takes U+2028 within a JSON string for the end of a line.
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#read(line)
    })
    const exited = () => {
      this.hasExited = true
      options.changes.tell()
    }
    // The last lines may come after the exit. Another process of the client may hold the output open for longer.
    this.#child.once('exit', () => setTimeout(exited, lastLinesMs))
    this.#child.once('close', exited)
  }

  get ids(): readonly string[] {
    return this.handed.map(({ id }) => id)
  }

  start({ token = 'token-1', wait = 1, transport = 'long-poll' as Transport, idle = 45 } = {}): void {
    this.#write({ type: 'start', url: this.#options.url, token, wait, transport, idle })
  }

  acknowledge(id: string): void {
    this.done.add(id)
    this.#write({ type: 'acknowledge', id })
  }

  fail(id: string): void {
    this.#write({ type: 'fail', id })
  }

  giveToken(token: string | null): void {
    this.#isTokenOwed = false
    this.#write({ type: 'token', token })
  }

  stop(): void {
    this.#write({ type: 'stop' })
  }

  /** Sends a signal to the whole group of processes. */
  signal(signal: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal)
    } catch {
      // The group has ended.
    }
  }

  /** Ends all processes of the client. */
  async end(): Promise<void> {
    this.signal('SIGKILL')
    if (!this.hasExited) await this.#options.changes.until('the client ends when it is killed', () => this.hasExited)
  }

  #write(line: KitLine): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`)
  }

  #read(text: string): void {
    let line: DriverLine
    try {
      line = JSON.parse(text)
    } catch {
      return this.#options.violate(`a line of the driver is not JSON: ${text.slice(0, 200)}`)
    }
    if (line.type === 'ready') {
      this.isReady = true
      this.transports.push(...line.transports)
    } else if (line.type === 'notification') this.#handle(line.notification)
    else if (line.type === 'token') this.#askedForToken()
    else if (line.type === 'ended') this.ended = { error: line.error ?? '' }
    this.#options.changes.tell()
  }

  #handle(notification: SentNotification): void {
    const { id } = notification
    if (this.done.has(id)) this.#options.violate(`P-DUP-1: ${id} was handed over again after it had been handled`)
    this.handed.push(notification)
    const decision = this.decide(notification)
    if (decision === 'acknowledge') this.acknowledge(id)
    if (decision === 'fail') this.fail(id)
  }

  #askedForToken(): void {
    if (this.#isTokenOwed) this.#options.violate('P-TOKEN-3: a second token was asked for before the first came')
    this.tokenRequests += 1
    this.#isTokenOwed = true
    const token = this.renew(this.tokenRequests)
    if (token !== 'hold') this.giveToken(token)
  }
}
