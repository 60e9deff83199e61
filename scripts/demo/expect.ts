/** A response differs from the story. The message says how. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected'
}

/** Ends the demo with this message unless the condition holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unexpected(message)
}
