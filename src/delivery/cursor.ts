/**
 * A cursor stands for one response: acknowledging it acknowledges exactly what that response held. That of an event
 * acknowledges everything up to that event of its stream.
 * To clients it is opaque. Inside it names the instance that gave it, that instance's epoch (an instance with a fixed
 * id that restarts counts from the beginning again), and the number of the response, or of the stream and its event.
 * Where instances cannot ask each other, it also names what the response held.
 */
export interface Cursor {
  readonly instanceId: string
  readonly epoch: string
  readonly number: number
  readonly event?: number
  /** One for each notification of the response: twelve digits or small letters. */
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

/** What the cursor says, or null when it is none of ours: an unknown cursor is never an error. */
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
