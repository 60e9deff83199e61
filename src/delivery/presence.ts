import type { Deadlines } from './deadlines.ts'
import type { Lease } from './lease.ts'
import { Refusal } from './refusal.ts'
import type { Sessions } from './sessions.ts'
import { Slot } from './wheel.ts'

/** The owner of a presence. */
export interface PresenceOwner {
  readonly clientId: string
  readonly deadlines: Deadlines
  readonly sessions: Sessions
  /** The cursors that the client has brought along by now. */
  readonly broughtCursors: readonly string[]
  /** The session is recorded; these are leases on what is stored for the client. */
  announced(stored: readonly Lease[]): void
  /** The session could not be recorded. */
  notAnnounced(refusal: Refusal): void
  /** The linger is over and no poll came. */
  lingerOver(): void
}

type State =
  | { readonly kind: 'absent' }
  /** `recorded` resolves when the session is recorded, or when it could not be. */
  | { readonly kind: 'announcing'; readonly recorded: Promise<void> }
  | { readonly kind: 'here' }

const absent: State = { kind: 'absent' }
const here: State = { kind: 'here' }

/**
 * The record of one client's session, as far as this instance knows: absent (there is none), announcing (it is being
 * written), here. A client stays here through the gap between two polls and for the linger after the last one.
 */
export class Presence extends Slot {
  readonly #owner: PresenceOwner
  #state = absent

  constructor(owner: PresenceOwner) {
    super()
    this.#owner = owner
  }

  get kind(): State['kind'] {
    return this.#state.kind
  }

  /** Resolves when the session is no longer being recorded; null when it is not. */
  get announcement(): Promise<void> | null {
    return this.#state.kind === 'announcing' ? this.#state.recorded : null
  }

  /** Records the session of an absent client. */
  announce(): void {
    const { promise: recorded, resolve } = Promise.withResolvers<void>()
    this.#state = { kind: 'announcing', recorded }
    const owner = this.#owner
    const done = owner.sessions
      .announce(owner.clientId, () => owner.broughtCursors)
      .then(
        (stored) => {
          this.#state = here
          owner.announced(stored)
        },
        (cause: unknown) => {
          this.#state = absent
          const refusal = cause instanceof Refusal ? cause : new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause })
          owner.notAnnounced(refusal)
        },
      )
    void done.then(resolve)
  }

  /** A client that is here is said to be elsewhere. */
  markAbsent(): void {
    this.#state = absent
    this.#owner.deadlines.cancel(this)
  }

  /** A client that was absent is here after all. */
  markHere(): void {
    this.#state = here
  }

  /** The last poll of the client has ended. */
  startLinger(): void {
    if (this.kind === 'here') this.#owner.deadlines.startLinger(this)
  }

  /** A poll of the client has come. */
  stopLinger(): void {
    this.#owner.deadlines.cancel(this)
  }

  override due(): void {
    this.#owner.lingerOver()
  }
}
