import type { Clock } from '../../delivery/ports.ts'
import { pause } from '../clock.ts'
import type { LeasePort } from './sorting.ts'

/** While memory is full: bounds the wait when no `whenRoom` comes. */
const fullPauseMs = 250
/** Bounds the busy loop when `whenRoom` resolves although memory is still full. */
const stillFullPauseMs = 20

interface Needs {
  readonly clock: Clock
  readonly port: LeasePort
}

/**
 * Resolves when memory is not full, or when the signal aborts. `signal` returns the current signal, because a poller that is
 * run again during the wait goes on under a new one.
 */
export async function room({ clock, port }: Needs, signal: () => AbortSignal): Promise<void> {
  while (!signal().aborted && port.full()) {
    const room = new AbortController()
    // A rejection, too, only ends the wait early.
    port.whenRoom?.().then(
      () => room.abort(),
      () => {},
    )
    await pause(clock, fullPauseMs, AbortSignal.any([signal(), room.signal]))
    if (port.full()) await pause(clock, stillFullPauseMs, signal())
  }
}
