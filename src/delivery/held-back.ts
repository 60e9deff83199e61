import type { Lease } from './lease.ts'
import type { LeasedMemory } from './leased-memory.ts'
import type { Clock, Log } from './ports.ts'
import { RecentKeys } from './recent-keys.ts'

/** Clients that are counted, at some 200 bytes each. */
const maxClients = 10_000

interface Needs {
  readonly clock: Clock
  readonly leasedMemory: LeasedMemory
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * Counts the notifications that were not leased because their client, or all absent clients, hold as much memory as they
 * may. Logs one line when that begins, and one when nothing has been held back for the length of a lease: by then their
 * source has shown them again.
 */
export class HeldBack {
  readonly #needs: Needs
  #notifications = 0
  /** Null while nothing is held back. */
  #spell: { readonly since: number; readonly before: number; lastAt: number; lengthMs: number } | null = null
  #clients: RecentKeys | null = null

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** How often a notification was held back since the start. */
  get notifications(): number {
    return this.#notifications
  }

  /** Clients of which something is held back. */
  get clients(): number {
    return this.#clients?.size ?? 0
  }

  note({ notification: { addressee }, lengthMs }: Lease): void {
    const { clock, leasedMemory, log } = this.#needs
    const now = clock.now()
    if (this.#spell === null) {
      this.#spell = { since: now, before: this.#notifications, lastAt: now, lengthMs }
      this.#clients = new RecentKeys({ maxKeys: maxClients, maxAgeMs: lengthMs, now: () => clock.now() })
      const { bytes: leasedBytes, absentBytes, maxBytes: maxLeasedBytes } = leasedMemory
      log.warn(
        { clientId: addressee, leasedBytes, absentBytes, maxLeasedBytes },
        'memory for leased notifications is short: some are left in their queue or table until there is room',
      )
      this.#lookAfter(lengthMs)
    }
    this.#notifications += 1
    this.#spell.lastAt = now
    this.#clients?.add(addressee)
  }

  #lookAfter(ms: number): void {
    const { clock, log } = this.#needs
    clock.after(ms, () => {
      if (this.#spell === null) return
      const { since, before, lastAt, lengthMs } = this.#spell
      const now = clock.now()
      if (now - lastAt < lengthMs) return this.#lookAfter(lastAt + lengthMs - now)
      this.#spell = null
      this.#clients = null
      const seconds = Math.round((now - since) / 1000)
      log.info({ notifications: this.#notifications - before, seconds }, 'no notification is held back any more')
    })
  }
}
