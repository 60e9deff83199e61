import type { WakeUpCounts } from '../modes/mode.ts'
import type { Families } from './families.ts'

/** Adds the metric of how wake-ups have ended; it has no samples where nobody is woken. */
export function addWakeUps(families: Families, counts: WakeUpCounts | null): void {
  families.counters(
    {
      name: 'wake_ups',
      help: 'Wake-ups of devices, by the kind of device and how they ended: told, gone (the device is forgotten), later (tried again after a failure), put-off (its turn comes later), refused (mode 1).',
      labels: ['kind', 'outcome'],
    },
    () =>
      Object.entries(counts ?? {}).flatMap(([kind, ends]) =>
        Object.entries(ends).map(([outcome, count]) => [{ kind, outcome }, count] as const),
      ),
  )
}
