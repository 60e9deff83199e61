import type { Mutant } from './mutant.ts'

/** Faults of streams, which are the same in both modes. */
export const mutantsOfStreams: Readonly<Record<string, Mutant>> = {
  'an event counts as delivered when it is handed over': {
    file: 'delivery/leases.ts',
    text: 'this.#trails.add(trail, handover)\n    this.#carry(lease, handover)',
    becomes:
      "this.#trails.add(trail, handover)\n    this.#carry(lease, handover)\n    this.settle(lease, 'acknowledged')",
  },
  'every cursor of a stream acknowledges everything on it': {
    file: 'delivery/trail.ts',
    text: 'filter(({ number }) => number <= event)',
    becomes: 'filter(({ number }) => number <= event || true)',
  },
  'the cursor of an event acknowledges that event alone': {
    file: 'delivery/trail.ts',
    text: 'filter(({ number }) => number <= event)',
    becomes: 'filter(({ number }) => number === event)',
  },
  'the cursors of a stream end with it': {
    file: 'delivery/trails.ts',
    text: 'if (over && size === 0) this.#byNumber.delete(number)',
    becomes: 'if (over || size === 0) this.#byNumber.delete(number)',
  },
  'a stream is handed again what it has': {
    file: 'delivery/leases.ts',
    text: 'if (trail.has(lease) || !mailboxes.deadlines.hasTimeLeft(lease, now)) continue',
    becomes: 'if (!mailboxes.deadlines.hasTimeLeft(lease, now)) continue',
    and: {
      file: 'delivery/mailbox.ts',
      text: 'if (lease.end !== null || stream.trail.has(lease)) continue',
      becomes: 'if (lease.end !== null) continue',
    },
  },
  'a grace passes while the connection takes nothing': {
    from: { 1: 120, 2: 150 },
    file: 'delivery/handover.ts',
    text: 'if (this.watcher?.stuck === true) return',
    becomes: 'if (false as boolean) return',
  },
  'what is in the grace of an event is handed to the next stream': {
    file: 'delivery/leases.ts',
    text: "if (handover.ack === 'auto') this.withhold(lease)",
    becomes: "if (handover.ack === 'auto' && handover.trail === null) this.withhold(lease)",
    and: {
      file: 'delivery/leases.ts',
      text: 'lease.withheld -= 1',
      becomes: 'lease.withheld = Math.max(0, lease.withheld - 1)',
    },
  },
}
