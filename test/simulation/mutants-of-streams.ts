import type { Mutant } from './mutant.ts'

/** Faults of streams, which are the same in both modes. */
export const mutantsOfStreams: Readonly<Record<string, Mutant>> = {
  'an event counts as delivered when it is handed over': {
    file: 'delivery/handovers.ts',
    text: 'trail.add(handover)',
    becomes: "trail.add(handover)\n    this.#leases.settle(lease, 'acknowledged')",
  },
  'every cursor of a stream acknowledges everything on it': {
    file: 'delivery/trail.ts',
    text: 'event !== null && event <= last',
    becomes: 'event !== null || last < 0',
  },
  'the cursor of an event acknowledges that event alone': {
    file: 'delivery/trail.ts',
    text: 'event !== null && event <= last',
    becomes: 'event === last',
  },
  'the cursors of a stream end with it': {
    file: 'delivery/handovers.ts',
    text: 'if (over && size === 0) this',
    becomes: 'if (over || size === 0) this',
  },
  'a stream is handed again what it has': {
    file: 'delivery/leases.ts',
    text: 'if (trail.has(lease) || !this.#deadlines.hasTimeLeft(lease)) continue',
    becomes: 'if (!this.#deadlines.hasTimeLeft(lease)) continue',
    and: {
      file: 'delivery/handovers.ts',
      text: 'if (lease.end !== null || stream.trail.has(lease)) continue',
      becomes: 'if (lease.end !== null) continue',
    },
  },
  'a grace passes while the connection takes nothing': {
    from: { 1: 790, 2: 40 },
    file: 'delivery/handover.ts',
    text: 'if (this.watcher?.stuck === true) return',
    becomes: 'if (false as boolean) return',
  },
  'a notification in the grace of an event is handed to the next stream': {
    file: 'delivery/handovers.ts',
    text: "if (ack === 'auto') this.#leases.withhold(lease)",
    becomes: '',
    and: {
      file: 'delivery/leases.ts',
      text: 'lease.withheld -= 1',
      becomes: 'lease.withheld = Math.max(0, lease.withheld - 1)',
    },
  },
}
