/**
 * A cursor stands for one response: acknowledging it acknowledges exactly what that response held. The cursor of an
 * event acknowledges everything up to that event of its stream.
 * To clients it is opaque. Inside it names the instance that gave it, that instance's epoch (an instance with a fixed
 * id that restarts counts from the beginning again), and the number of the response, or of the stream and its event.
 * Where instances cannot ask each other, it also names what the response held.
 */
export interface Cursor {
  readonly instanceId: string
  readonly epoch: string
  readonly number: number
  readonly event?: number
  /** A mark for each notification of the response: twelve digits or small letters. */
  readonly marks?: readonly string[]
}

export function writeCursor({ instanceId, epoch, number, event, marks }: Cursor): string {
  const response = `${instanceId}.${epoch}.${number.toString(36)}`
  if (event !== undefined) return `${response}-${event.toString(36)}`
  return marks === undefined ? response : `${response}.${marks.join('_')}`
}

/** A response holds up to a hundred notifications. */
const form =
  /^([0-9a-f-]{1,64})\.([0-9a-z]{1,16})\.([0-9a-z]{1,11})(?:-([0-9a-z]{1,11})|\.([0-9a-z]{12}(?:_[0-9a-z]{12}){0,99}))?$/

/** Returns what the text says, or null when it is no cursor of this service: an unknown cursor is never an error. */
export function readCursor(text: string): Cursor | null {
  const match = form.exec(text)
  if (!match) return null
  const [, instanceId = '', epoch = '', digits = '', ofEvent, marks] = match
  const number = Number.parseInt(digits, 36)
  if (!Number.isSafeInteger(number)) return null
  if (marks !== undefined) return { instanceId, epoch, number, marks: marks.split('_') }
  if (ofEvent === undefined) return { instanceId, epoch, number }
  const event = Number.parseInt(ofEvent, 36)
  return Number.isSafeInteger(event) ? { instanceId, epoch, number, event } : null
}

/** The cursors that this process gives: numbers its responses and streams, and recognises what it wrote. */
export class Cursors {
  /** The id changes when the instance goes on under a new one. */
  readonly #identity: { readonly id: string }
  readonly #epoch: string
  readonly #markOf: ((key: string) => string) | null
  #lastNumber = 0

  constructor(needs: {
    readonly identity: { readonly id: string }
    readonly epoch: string
    readonly markOf: ((key: string) => string) | null
  }) {
    this.#identity = needs.identity
    this.#epoch = needs.epoch
    this.#markOf = needs.markOf
  }

  /** The id that this instance goes by at the moment, in every cursor that it gives. */
  get instanceId(): string {
    return this.#identity.id
  }

  /** Returns the number of the next response or stream. */
  nextNumber(): number {
    this.#lastNumber += 1
    return this.#lastNumber
  }

  /** Returns the cursor of a response, or of the event of a stream when `event` is a number. */
  write(handedOver: {
    readonly number: number
    readonly event: number | null
    readonly leases: readonly { readonly key: string }[]
  }): string {
    const { instanceId } = this
    const { number, event, leases } = handedOver
    if (event !== null) return writeCursor({ instanceId, epoch: this.#epoch, number, event })
    const markOf = this.#markOf
    const marks = markOf === null ? {} : { marks: leases.map(({ key }) => markOf(key)) }
    return writeCursor({ instanceId, epoch: this.#epoch, number, ...marks })
  }

  /** Whether this process gave the cursor, under whatever id it went at the time. */
  isOwn(cursor: Cursor): boolean {
    return cursor.epoch === this.#epoch
  }
}
