/**
 * Why an entry may not have been taken: its instance took too long, or answered with another status than 200; too many
 * entries wait for the instance; or there was no answer at all.
 */
export type RelayFault = 'late' | 'refused' | 'full' | 'unreachable'

/** The failure of an entry whose reason is known. */
export class RelayFailure extends Error {
  override readonly name = 'RelayFailure'
  readonly fault: RelayFault

  constructor(fault: RelayFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** Returns the reason of any failure to tell another instance something. */
export function faultOf(error: unknown): RelayFault {
  if (error instanceof RelayFailure) return error.fault
  // The signal of the request: its deadline is over.
  return error instanceof Error && error.name === 'TimeoutError' ? 'late' : 'unreachable'
}
