/** Something came back that the story does not have; its message is the sentence that says so. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected'
}

/** Ends the demo unless it is so. */
export function expect(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Unexpected(otherwise)
}
