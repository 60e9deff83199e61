import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { ward } from '../../../scripts/stack/last-resort.ts'

/** Between two ticks of a gauge. */
const tickMs = 30

/**
 * A process that works for a moment at each tick, as a service does, and tells of each tick that the machine finished too
 * late. A process that never works is served first, and would not notice that the others wait.
 */
const workingProcess = `
let due = Date.now() + ${tickMs}
const tick = () => {
  const enough = process.cpuUsage().user + 3_000
  while (process.cpuUsage().user < enough);
  const now = Date.now()
  if (now - due > ${tickMs}) console.log(now, now - due)
  due = now + ${tickMs}
  setTimeout(tick, ${tickMs})
}
setTimeout(tick, ${tickMs})`

/** How late the machine itself was: the timers of a process with little to do, and those of this one. */
export interface MachineLateness {
  /** The worst lateness, in milliseconds, of a timer that was due between these times of `Date.now()`. */
  worst(from: number, to: number): number
}

/** Watches until the test is over. */
export function watchMachine(t: Pick<Test, 'teardown'>): MachineLateness {
  const late: { readonly at: number; readonly ms: number }[] = []
  const working = ward(spawn(process.execPath, ['-e', workingProcess], { stdio: ['ignore', 'pipe', 'inherit'] }))
  const ended = once(working, 'close')
  createInterface({ input: working.stdout }).on('line', (line) => {
    const [at = 0, ms = 0] = line.split(' ').map(Number)
    late.push({ at, ms })
  })
  let due = Date.now() + tickMs
  const own = setInterval(() => {
    const now = Date.now()
    if (now - due > tickMs) late.push({ at: now, ms: now - due })
    due = now + tickMs
  }, tickMs)
  t.teardown(async () => {
    clearInterval(own)
    working.kill()
    await ended
  })
  return {
    worst: (from, to) => Math.max(0, ...late.filter(({ at, ms }) => at >= from && at - ms <= to).map(({ ms }) => ms)),
  }
}
