import type { Gauge } from '../gauge.ts'
import type { Clock } from '../ports.ts'

/** A notification by what its sender knows it by. */
export interface NamedNotification {
  readonly addressee: string
  readonly id: string
}

/** The outcome of a wait: `acknowledged`, or `over` when its time is up, its caller hung up, or the instance drains. */
export type WaitEnd = 'acknowledged' | 'over'

interface Needs {
  readonly identity: { readonly id: string }
  readonly clock: Clock
  /** Returns the notifications among these that the store knows as acknowledged. Rejects when the store does not answer. */
  readonly acknowledgedAmong: (named: readonly NamedNotification[]) => Promise<readonly NamedNotification[]>
  /** Callers that wait at once; a further one does not wait. */
  readonly max?: number
}

/** Each holds a request and a little memory. */
const defaultMax = 1_000
/**
 * The store is looked at so often, for all waits together. The instance that has acknowledged a notification tells this one,
 * so this is for what such a word does not reach: it was lost, or the request was a repeat at another instance.
 */
const lookEveryMs = 2_000

interface Wait {
  readonly named: NamedNotification
  readonly end: (end: WaitEnd) => void
}

/**
 * Callers of this instance that wait for the acknowledgement of what they have published. Each wait ends once; nothing that
 * happens to it changes what happens to the notification.
 */
export class AcknowledgementWaits {
  readonly #needs: Needs
  readonly #waits = new Map<string, Set<Wait>>()
  #count = 0
  #isDraining = false
  #isLooking = false
  #cancelLook: (() => void) | null = null
  /** How many callers wait. */
  readonly gauge: Gauge = {
    name: 'waiting_publishers',
    help: 'Callers that wait for the acknowledgement of their notification (mode 1).',
    read: () => this.#count,
  }

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** The id of this instance, by which others can tell it of an acknowledgement. */
  get instanceId(): string {
    return this.#needs.identity.id
  }

  /** Whether a caller may wait: the instance does not drain, and not too many wait already. */
  get isOpen(): boolean {
    return !this.#isDraining && this.#count < (this.#needs.max ?? defaultMax)
  }

  /**
   * Waits until the notification is acknowledged, for at most `ms`. `onHangUp` takes a function that is called when the
   * caller hangs up. With `knownBefore` the store is looked at at once: the notification was accepted earlier.
   */
  wait(
    named: NamedNotification,
    { ms, onHangUp, knownBefore }: { ms: number; onHangUp: (listener: () => void) => void; knownBefore: boolean },
  ): Promise<WaitEnd> {
    if (!this.isOpen) return Promise.resolve('over')
    const { promise, resolve } = Promise.withResolvers<WaitEnd>()
    const key = keyOf(named)
    const waits = this.#waits.get(key) ?? new Set()
    const cancel = this.#needs.clock.after(ms, () => wait.end('over'))
    const wait: Wait = {
      named,
      end: (end) => {
        if (!waits.delete(wait)) return
        if (waits.size === 0 && this.#waits.get(key) === waits) this.#waits.delete(key)
        this.#count -= 1
        cancel()
        if (this.#count === 0) this.#stopLooking()
        resolve(end)
      },
    }
    waits.add(wait)
    this.#waits.set(key, waits)
    this.#count += 1
    onHangUp(() => wait.end('over'))
    if (knownBefore) void this.#look([named])
    this.#lookLater()
    return promise
  }

  /** The client has acknowledged the notification. */
  acknowledged(named: NamedNotification): void {
    for (const wait of [...(this.#waits.get(keyOf(named)) ?? [])]) wait.end('acknowledged')
  }

  /** Ends all waits, and takes no further ones. */
  drain(): void {
    this.#isDraining = true
    for (const waits of [...this.#waits.values()]) for (const wait of [...waits]) wait.end('over')
  }

  #lookLater(): void {
    if (this.#isLooking) return
    this.#cancelLook ??= this.#needs.clock.after(lookEveryMs, () => {
      this.#cancelLook = null
      this.#isLooking = true
      const named = [...this.#waits.values()].flatMap((waits) => [...waits].slice(0, 1).map((wait) => wait.named))
      void this.#look(named).then(() => {
        this.#isLooking = false
        if (this.#count > 0) this.#lookLater()
      })
    })
  }

  #stopLooking(): void {
    this.#cancelLook?.()
    this.#cancelLook = null
  }

  /** Never rejects: while the store does not answer, the callers wait. */
  async #look(named: readonly NamedNotification[]): Promise<void> {
    const found = await this.#needs.acknowledgedAmong(named).catch(() => [])
    for (const one of found) this.acknowledged(one)
  }
}

/** An addressee has no line break. */
function keyOf({ addressee, id }: NamedNotification): string {
  return `${addressee}\n${id}`
}
