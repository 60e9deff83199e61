import type { Connection } from './connection.ts'

interface Needs {
  readonly connect: (onLost: (connection: Connection) => void) => Connection
  /** The maximum of connections. */
  readonly max: number
  /** The maximum of statements that wait for a connection. */
  readonly maxWaiting: number
  /** Returns the time in milliseconds, from any origin. */
  readonly now: () => number
}

/** How long a lane does with less connections after the database took no more. */
const smallerForMs = 60_000

/**
 * Connections to share, opened when needed, each for one statement at a time, and the statements that wait for them.
 * Statements that must not wait behind others have a lane of their own.
 */
export class Lane {
  readonly #needs: Needs
  readonly #open = new Set<Connection>()
  readonly #idle: Connection[] = []
  /** Statements that wait for a connection, the oldest first. */
  readonly #waiting = new Set<(connection: Connection) => void>()
  /** Connections that are being ended. */
  readonly #ending = new Set<Promise<void>>()
  /** Connections in use that are not to be used again. */
  #stale = new WeakSet<Connection>()
  /** The maximum of connections, which is smaller for a while after the database took no more. */
  #smaller: { readonly max: number; readonly until: number } | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** How many statements wait for a connection. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** How many connections are open, or being opened. */
  get size(): number {
    return this.#open.size
  }

  get #max(): number {
    return this.isSmaller ? (this.#smaller?.max ?? this.#needs.max) : this.#needs.max
  }

  /** Whether the lane does with less connections at the moment. */
  get isSmaller(): boolean {
    if (this.#smaller !== null && this.#needs.now() >= this.#smaller.until) this.#smaller = null
    return this.#smaller !== null
  }

  /** The database takes no more connections: does with one less than there are for a while, but with one at least. */
  shrink(): void {
    this.#smaller = { max: Math.max(1, this.#open.size - 1), until: this.#needs.now() + smallerForMs }
    const idle = this.#open.size > this.#max ? this.#idle.pop() : undefined
    if (idle !== undefined) this.#drop(idle)
  }

  /** Whether as many statements wait as may. */
  get full(): boolean {
    return this.#waiting.size >= this.#needs.maxWaiting
  }

  /** Resolves to a connection for one statement, which `giveBack` gets afterwards; rejects when `late` does first. */
  async take(late: Promise<never>): Promise<Connection> {
    const turn = Promise.withResolvers<Connection>()
    let given: Connection | null = null
    const use = (connection: Connection) => {
      given = connection
      turn.resolve(connection)
    }
    this.#waiting.add(use)
    this.#serve()
    try {
      return await Promise.race([turn.promise, late])
    } catch (error) {
      // Its turn may have come after `late` rejected, but before this line.
      if (given !== null) this.giveBack(given)
      throw error
    } finally {
      this.#waiting.delete(use)
    }
  }

  giveBack(connection: Connection): void {
    const isKept = connection.usable && !this.#stale.has(connection) && this.#open.size <= this.#max
    if (isKept) this.#idle.push(connection)
    else this.#drop(connection)
    this.#serve()
  }

  /** Uses no connection again that is open now: they lead to a server that is not the right one any more. */
  renew(): void {
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
    for (const connection of this.#open) this.#stale.add(connection)
  }

  /** Closes every connection; for when no statement is in flight. */
  async close(): Promise<void> {
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
    await Promise.all(this.#ending)
  }

  #serve(): void {
    for (const use of this.#waiting) {
      const connection = this.#idle.pop() ?? this.#connect()
      if (connection === null) return
      this.#waiting.delete(use)
      use(connection)
    }
  }

  #connect(): Connection | null {
    if (this.#open.size >= this.#max) return null
    const connection = this.#needs.connect((lost) => this.#lost(lost))
    this.#open.add(connection)
    return connection
  }

  #lost(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at === -1) return
    this.#idle.splice(at, 1)
    this.#drop(connection)
  }

  #drop(connection: Connection): void {
    this.#open.delete(connection)
    const ending: Promise<void> = connection.end().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}
