import type { WakeUpsTable } from '../../adapters/postgres/wake-ups.ts'
import type { DeviceWaker } from '../../adapters/push/device-waker.ts'
import type { WakeUps } from '../../delivery/intake/wake-ups.ts'
import type { Lease } from '../../delivery/lease.ts'
import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Clock, Dispatcher, Log, PendingRow } from '../../delivery/ports.ts'
import { keepForSleepers } from './sleepers.ts'
import type { StoreFor } from './storing.ts'
import { Waker, type WakeUpCounters, wakeUpCounters } from './waker.ts'
import { Waking } from './waking.ts'

interface Needs {
  readonly table: WakeUpsTable
  readonly devices: DeviceWaker
  readonly mailboxes: Mailboxes
  /** Clients with stored notifications that this instance has not read yet. */
  readonly behind: ReadonlySet<string>
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** The wake-ups of an instance. Without a way to wake devices, its methods do nothing. */
export interface WakeUpParts {
  readonly port: WakeUps
  readonly counters: WakeUpCounters | null
  /** Returns a dispatcher that does the same, and wakes clients that are connected nowhere. */
  over(dispatcher: Dispatcher): Dispatcher
  /** Called when another instance has sent this row for a client of this one. */
  arrived(row: PendingRow): void
  /**
   * Returns how a message in the queue of this instance is kept whose client is connected nowhere. `leaving` aborts when this
   * instance leaves.
   */
  keeping(storeFor: StoreFor, leaving: AbortSignal): (lease: Lease) => void
  /** Called when the session of the client has ended here. */
  left(clientId: string): void
  /** Wakes devices until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Plugs the parts together that wake devices. */
export function openWakeUps({ table, devices, mailboxes, behind, clock, sleep, log }: Needs): WakeUpParts {
  const port: WakeUps = {
    put: async (device) => table.put(await devices.admit(device)),
    remove: (clientId, deviceId) => table.remove(clientId, deviceId),
  }
  if (devices.kinds.length === 0) {
    return {
      port,
      counters: null,
      over: (dispatcher) => dispatcher,
      arrived() {},
      keeping: () => () => {},
      left() {},
      async run() {},
    }
  }
  const counters = wakeUpCounters()
  const waker = new Waker({ table, devices, counters, clock, sleep, log })
  const waking = new Waking({ wake: (clientId) => waker.wake(clientId, 'table'), mailboxes, behind, clock })
  return {
    port,
    counters,
    over: (dispatcher) => waking.over(dispatcher),
    arrived: (row) => waking.watch(row),
    keeping(storeFor, leaving) {
      const wake = (clientId: string) => waker.wake(clientId, 'queue')
      return keepForSleepers({ table, kinds: devices.kinds, storeFor, wake, mailboxes, clock, leaving })
    },
    left: (clientId) => waking.left(clientId),
    async run(signal) {
      await waker.run(signal)
      waking.close()
    },
  }
}
