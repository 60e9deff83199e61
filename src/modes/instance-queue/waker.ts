import { coalesce } from '../../adapters/postgres/coalesce.ts'
import type { Place } from '../../adapters/postgres/missed-wake-ups.ts'
import type { Claimed, WaitingPlace, WakeUpEnd, WakeUpsTable } from '../../adapters/postgres/wake-ups.ts'
import type { DeviceWaker } from '../../adapters/push/device-waker.ts'
import type { WakeUpKind } from '../../delivery/intake/wake-ups.ts'
import type { Clock } from '../../delivery/ports.ts'
import { FailureLog } from './failure-log.ts'

/** In a rush, clients are gathered for this time before one statement marks them all. A push takes longer anyway. */
const rushMs = 200
/** The time between two looks for devices that have rested, or are to be tried again. */
const everyMs = 2_000
/** The maximum of devices that are being woken, or wait for their turn. */
const maxClaimed = 256
/** Devices of one page when this instance looks for those that were missed, and the time between two pages. */
const pageSize = 1_000
const lookEveryMs = 10_000
/** Devices that one statement forgets. */
const maxForgotten = 1_000

/** For a device whose push could not be written, such as one that an earlier release allowed. */
const unwritten = { end: { kind: 'refused' }, answer: { kind: 'unanswered' } } as const

/** Counts of wake-ups, by how they ended; failures that are tried again count at each attempt. */
export type WakeUpCounters = Record<WakeUpKind, Record<WakeUpEnd['kind'], number>>

/** Returns the counters, all zero. */
export function wakeUpCounters(): WakeUpCounters {
  const none = () => ({ told: 0, gone: 0, later: 0, 'put-off': 0, refused: 0 })
  return { 'web-push': none(), webhook: none() }
}

interface Needs {
  readonly table: WakeUpsTable
  readonly devices: DeviceWaker
  readonly counters: WakeUpCounters
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: { warn(fields: object, sentence: string): void; debug(fields: object, sentence: string): void }
}

/**
 * Wakes the devices of clients for which something was stored. All instances share one table: a device is marked there when
 * something was stored, and claimed by one of them. Nothing here touches a notification, and nobody waits for it.
 */
export class Waker {
  readonly #needs: Needs
  readonly #mark: Readonly<Record<WaitingPlace, (clientId: string) => Promise<unknown>>>
  readonly #settle: (ended: string) => Promise<unknown>
  /** Claims that have ended and are not recorded yet, by a number of their own. */
  readonly #ended = new Map<string, readonly [Claimed, WakeUpEnd]>()
  readonly #failures: FailureLog
  #lastNumber = 0
  /** Claims whose push has not ended. */
  #claimed = 0
  #hasten = new AbortController()

  constructor(needs: Needs) {
    this.#needs = needs
    const { clock, log } = needs
    this.#mark = {
      table: coalesce<undefined>(clock, (clientIds) => this.#markAll(clientIds, 'table'), { rushMs }),
      queue: coalesce<undefined>(clock, (clientIds) => this.#markAll(clientIds, 'queue'), { rushMs }),
    }
    this.#settle = coalesce<undefined>(clock, (numbers) => this.#settleAll(numbers), { rushMs })
    this.#failures = new FailureLog({ clock, log })
  }

  /** Wakes the devices of an absent client for which something waits. Returns at once, and never throws. */
  wake(clientId: string, place: WaitingPlace): void {
    void this.#mark[place](clientId)
  }

  async #markAll(clientIds: readonly string[], place: WaitingPlace): Promise<ReadonlyMap<string, undefined>> {
    try {
      await this.#needs.table.mark(clientIds, place)
      this.#hasten.abort()
    } catch (err) {
      // The look over the table finds these clients.
      this.#needs.log.warn(
        { err, clients: clientIds.length },
        'devices to wake could not be marked; they are found later',
      )
    }
    return new Map()
  }

  /** Wakes devices until the signal aborts; then ends what is in flight, so that another instance wakes these devices. */
  async run(signal: AbortSignal): Promise<void> {
    const { sleep, clock } = this.#needs
    const waking = new Set<Promise<void>>()
    let after: Place | null = null
    let lookAt = clock.now() + lookEveryMs
    let working = true
    while (!signal.aborted) {
      await sleep(everyMs, AbortSignal.any([signal, this.#hasten.signal]))
      if (signal.aborted) break
      if (this.#hasten.signal.aborted) this.#hasten = new AbortController()
      try {
        for (const device of await this.#claim()) {
          const woken: Promise<void> = this.#wake(device, signal).finally(() => waking.delete(woken))
          waking.add(woken)
        }
        if (clock.now() >= lookAt) {
          lookAt = clock.now() + lookEveryMs
          after = await this.#look(after)
        }
        working = true
      } catch (err) {
        if (working) this.#needs.log.warn({ err }, 'devices to wake could not be looked for; this is tried again')
        working = false
      }
    }
    await Promise.all(waking)
  }

  async #claim(): Promise<readonly Claimed[]> {
    const room = maxClaimed - this.#claimed
    if (room <= 0) return []
    const { table, devices } = this.#needs
    const claimed = await table.claim(devices.kinds, room)
    this.#claimed += claimed.length
    // Further devices may be due.
    if (claimed.length === room) this.#hasten.abort()
    return claimed
  }

  /** Finds devices that were not marked, since the instance that stored something has ended, or its statement was lost. */
  async #look(after: Place | null): Promise<Place | null> {
    const { table } = this.#needs
    const last = await table.look(after, pageSize)
    if (last === null) await table.forget(maxForgotten)
    return last
  }

  async #wake(device: Claimed, stop: AbortSignal): Promise<void> {
    const { devices, counters, log } = this.#needs
    const { clientId, deviceId, kind } = device
    const { end, answer } = await devices.wake(device, stop).catch(() => unwritten)
    this.#claimed -= 1
    counters[kind][end.kind] += 1
    if (end.kind === 'gone') log.debug({ clientId, deviceId }, 'a device is gone and is not woken any more')
    else if (end.kind !== 'told' && end.kind !== 'put-off' && !stop.aborted)
      this.#failures.note({ clientId, deviceId, kind, answer })
    this.#lastNumber += 1
    const number = String(this.#lastNumber)
    // A push that this instance has not waited for is no failure of its device; another instance makes it again.
    const isCut = stop.aborted && 'afterSeconds' in end
    this.#ended.set(number, [device, isCut ? { kind: 'put-off', afterSeconds: 0 } : end])
    await this.#settle(number)
  }

  /** An end that cannot be recorded is lost: the claim passes after two minutes, and the device is woken again. */
  async #settleAll(numbers: readonly string[]): Promise<ReadonlyMap<string, undefined>> {
    const ends = numbers.flatMap((number) => {
      const ended = this.#ended.get(number)
      this.#ended.delete(number)
      return ended === undefined ? [] : [ended]
    })
    await this.#needs.table.settle(ends).catch((err: unknown) => {
      this.#needs.log.warn({ err, devices: ends.length }, 'woken devices could not be recorded; they are woken again')
    })
    return new Map()
  }
}
