import type { Deadlines } from './deadlines.ts'
import type { Sessions } from './ports.ts'
import { Refusal } from './refusal.ts'
import { Slot } from './wheel.ts'

/** The owner of a presence. */
export interface PresenceOwner {
  readonly clientId: string
  readonly deadlines: Deadlines
  readonly sessions: Sessions
  /** The session is recorded. */
  announced(): void
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
    const { sessions, clientId } = this.#owner
    const done = sessions.announce(clientId).then(
      () => {
        this.#state = here
        this.#owner.announced()
      },
      (cause: unknown) => {
        this.#state = absent
        const refusal = cause instanceof Refusal ? cause : new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause })
        this.#owner.notAnnounced(refusal)
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
