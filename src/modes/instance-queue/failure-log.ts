import type { Clock } from '../../delivery/ports.ts'

/** Clients choose their push services, so failures must not fill the log. */
const everyMs = 60_000

interface Needs {
  readonly clock: Pick<Clock, 'now'>
  readonly log: { warn(fields: object, sentence: string): void }
}

/** Logs failures to wake a device: the first one, and then at most one a minute, with the number since. */
export class FailureLog {
  readonly #needs: Needs
  #failures = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** `fields` say what has failed, without a secret. */
  note(fields: object): void {
    const { clock, log } = this.#needs
    this.#failures += 1
    if (clock.now() - this.#toldAt < everyMs) return
    log.warn(
      { ...fields, failures: this.#failures },
      'devices could not be woken; their notifications wait all the same',
    )
    this.#toldAt = clock.now()
    this.#failures = 0
  }
}
