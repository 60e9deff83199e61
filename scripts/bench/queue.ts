import { deliveryMessage, indexOf, type QueueMessage, shown } from './queue-messages.ts'

/** The maximum number of messages that SQS returns at once. */
const maxPerReceive = 10

/** A receive that waits for messages. */
interface Receive {
  /** The connection that it came on. */
  readonly owner: object
  readonly most: number
  /** Takes the messages, as the members of a JSON array. */
  readonly reply: (members: string) => void
  readonly patience: NodeJS.Timeout
}

/**
 * A queue in memory, made only to be fast enough. It has no visibility timeout, because no run lasts that long.
 */
export class StandInQueue {
  readonly name: string
  readonly #nextIndex: () => number
  #ready: QueueMessage[] = []
  /** The number of removed messages at the beginning of `#ready`; `shift` would copy the array each time. */
  #taken = 0
  readonly #inFlight = new Map<number, QueueMessage>()
  #receives: Receive[] = []
  #handingOut: NodeJS.Immediate | null = null
  #closing = false
  /** The numbers of deleted messages, and of deletes of messages that were gone already. */
  deleted = 0
  deletedAgain = 0
  /** The numbers of receives that returned messages, of deletes, and of sends over the network. */
  calls = 0

  /** Makes an empty queue. `nextIndex` numbers the messages of all queues. */
  constructor(name: string, nextIndex: () => number) {
    this.name = name
    this.#nextIndex = nextIndex
  }

  /** The messages that can be received. */
  get visible(): number {
    return this.#ready.length - this.#taken
  }

  /** The messages that are received and not deleted yet. */
  get hidden(): number {
    return this.#inFlight.size
  }

  /** The messages that are sent and not deleted yet. */
  get undeleted(): number {
    return this.visible + this.hidden
  }

  /** Sends a delivery. Messages of one turn of the event loop are handed out together. */
  send(client: number, number: number): void {
    this.#push(deliveryMessage(this.#nextIndex(), client, number))
  }

  /** Takes a message that came over the network; returns its number. */
  take(body: string, attributes: string): number {
    const index = this.#nextIndex()
    this.#push({ index, body, attributes, sentAtMs: Date.now(), receives: 0 })
    return index
  }

  /** Replies with messages, at the latest after `waitMs`. */
  receive({ most, waitMs, owner }: { most: number; waitMs: number; owner: object }, reply: Receive['reply']): void {
    const receive: Receive = {
      owner,
      most: Math.min(most, maxPerReceive),
      reply,
      patience: setTimeout(() => {
        this.#receives = this.#receives.filter((one) => one !== receive)
        this.#answer(receive)
      }, waitMs),
    }
    if (this.#closing || this.visible > 0) return this.#answer(receive)
    this.#receives.push(receive)
  }

  /** Drops the waiting receives of a connection that has ended. */
  forget(owner: object): void {
    for (const { patience } of this.#receives.filter((receive) => receive.owner === owner)) clearTimeout(patience)
    this.#receives = this.#receives.filter((receive) => receive.owner !== owner)
  }

  delete(handles: readonly string[]): void {
    for (const handle of handles) {
      if (this.#inFlight.delete(indexOf(handle))) this.deleted += 1
      else this.deletedAgain += 1
    }
  }

  /** Shows messages again at once, whatever the timeout: the service never makes it longer in a run. */
  show(handles: readonly string[]): void {
    for (const handle of handles) {
      const message = this.#inFlight.get(indexOf(handle))
      if (!message) continue
      this.#inFlight.delete(message.index)
      this.#push(message)
    }
  }

  /** Ends the waiting receives, and lets no further ones wait. */
  release(): void {
    this.#closing = true
    if (this.#handingOut) clearImmediate(this.#handingOut)
    for (const receive of this.#receives.splice(0)) this.#answer(receive)
  }

  #push(message: QueueMessage): void {
    this.#ready.push(message)
    this.#handingOut ??= setImmediate(() => this.#handOut())
  }

  #handOut(): void {
    this.#handingOut = null
    while (this.visible > 0) {
      const receive = this.#receives.shift()
      if (!receive) return
      this.#answer(receive)
    }
  }

  #answer({ most, patience, reply }: Receive): void {
    clearTimeout(patience)
    const messages = this.#ready.slice(this.#taken, this.#taken + most)
    this.#taken += messages.length
    if (messages.length > 0) this.calls += 1
    if (this.#taken === this.#ready.length || this.#taken > 10_000) {
      this.#ready = this.#ready.slice(this.#taken)
      this.#taken = 0
    }
    const now = Date.now()
    let members = ''
    for (const message of messages) {
      message.receives += 1
      this.#inFlight.set(message.index, message)
      members += `${members === '' ? '' : ','}${shown(message, now)}`
    }
    reply(members)
  }
}
