import {
  Client,
  type ClientParts,
  type Cut,
  ledgerId,
  type Notification,
  patienceMs,
  type Visit,
  whenRead,
} from './client.ts'

export type StreamAcknowledging = 'auto' | 'next'

/** The request that opens a stream. */
export interface StreamRequest {
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** The cursor of the last event of the stream before; empty when there is none. */
  readonly cursor: string
}

/** The listener of a stream. */
export interface StreamListener {
  notification(cursor: string, notification: Notification): void
  /** Called once, when the stream has ended: `asSaid` is true if the service had announced its end. */
  over(asSaid: boolean): void
}

/** An open stream, or one that is being opened. */
export interface StreamConnection {
  /** Acknowledges everything up to this event; answers whether that is on its way. */
  acknowledge(cursor: string): Promise<boolean>
  /** Ends the connection, in good order as far as TCP is concerned. */
  destroy(): void
  /** Ends it so that the other side must see a failure. */
  reset(): void
}

/** Opens a stream. Its events go to the listener, later than this returns. */
export type OpenStream = (request: StreamRequest, listener: StreamListener) => StreamConnection

/** How long a stream lasts before the next one, elsewhere, from and to. */
const waitSeconds = [3, 12] as const

/** One stream after the other. */
export class StreamClient extends Client {
  readonly #open: OpenStream
  readonly #acknowledging: StreamAcknowledging
  readonly #connections = new Set<StreamConnection>()
  #current: StreamConnection | null = null
  #giveUp: (() => void) | null = null
  #onEvent: 'reset' | 'close' | null = null
  #cursor = ''

  constructor(parts: ClientParts, open: OpenStream, acknowledging: StreamAcknowledging) {
    super(parts)
    this.#open = open
    this.#acknowledging = acknowledging
  }

  override cut(cut: Cut): void {
    switch (cut) {
      case 'reset':
      case 'close':
        this.#onEvent = cut
        return
      case 'hang-up':
        return whenRead(() => this.#current?.destroy())
      case 'silent':
        this.#giveUp?.()
        return
      default:
        cut satisfies never
    }
  }

  protected override hangUp(): void {
    for (const connection of this.#connections) connection.destroy()
    this.#giveUp?.()
  }

  protected override visit(url: string): Promise<Visit> {
    const { promise, resolve } = Promise.withResolvers<Visit>()
    const seconds = Math.round(this.random.between(...waitSeconds))
    const query = new URLSearchParams({ wait: String(seconds), ack: this.#acknowledging })
    const stream = { url, query, headers: this.headers, cursor: this.#cursor }
    /** The fate of events that come although nobody reads them any more. */
    let unread: 'silent' | 'reset' | 'close' | null = null
    let said: Promise<boolean> = Promise.resolve(true)
    const end = (visit: Visit) => {
      clearTimeout(patience)
      if (this.#current === connection) this.#current = null
      resolve(visit)
    }
    const throwAway = (notification: Notification) => {
      const mustBeNoticed = unread === 'reset' && !this.witness.isLate
      if (this.#acknowledging === 'auto' && !mustBeNoticed) this.witness.unknowable(ledgerId(notification))
    }
    const connection = this.#open(stream, {
      notification: (cursor, notification) => {
        if (this.leaving) return
        if (unread === null && this.#onEvent !== null) {
          unread = this.#onEvent
          this.#onEvent = null
          throwAway(notification)
          if (unread === 'reset') connection.reset()
          // Events that were read with it would be unread for ever, and nobody could know.
          else whenRead(() => connection.destroy())
          return end('failed')
        }
        if (unread !== null) return throwAway(notification)
        this.keep([notification], url)
        this.#cursor = cursor
        if (this.#acknowledging === 'next') said = this.timed(url, this.#acknowledge(connection, cursor))
      },
      over: async (asSaid) => {
        this.#connections.delete(connection)
        // An acknowledgement under way goes to the instance that handed the event over.
        await said
        end(asSaid ? 'over' : 'failed')
      },
    })
    const patience = setTimeout(() => whenRead(() => connection.destroy()), seconds * 1_000 + patienceMs)
    this.#connections.add(connection)
    this.#current = connection
    this.#giveUp = () => {
      unread ??= 'silent'
      end('failed')
    }
    return promise
  }

  async #acknowledge(connection: StreamConnection, cursor: string): Promise<boolean> {
    const heard = await connection.acknowledge(cursor)
    if (!heard && !this.leaving) this.witness.failed(this.id)
    return heard
  }
}
