/**
 * A cursor stands for one response: acknowledging it acknowledges exactly what that response held.
 * To clients it is opaque. Inside it names the instance that gave it, that instance's epoch (an instance with a fixed
 * id that restarts counts from the beginning again), and the number of the response.
 */
export interface Cursor {
  readonly instanceId: string
  readonly epoch: string
  readonly number: number
}

export function writeCursor({ instanceId, epoch, number }: Cursor): string {
  return `${instanceId}.${epoch}.${number.toString(36)}`
}

const form = /^([0-9a-f-]{1,64})\.([0-9a-z]{1,16})\.([0-9a-z]{1,11})$/

/** What the cursor says, or null when it is none of ours: an unknown cursor is never an error. */
export function readCursor(text: string): Cursor | null {
  const match = form.exec(text)
  if (!match) return null
  const [, instanceId = '', epoch = '', digits = ''] = match
  const number = Number.parseInt(digits, 36)
  return Number.isSafeInteger(number) ? { instanceId, epoch, number } : null
}
