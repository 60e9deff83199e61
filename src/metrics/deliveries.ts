import { Buckets } from '../adapters/buckets.ts'
import type { Lease, LeaseEnd, SourceKind } from '../delivery/lease.ts'
import type { Observer } from '../delivery/observer.ts'
import type { PollEnd, Transport } from '../delivery/poll.ts'
import type { Families, Sample } from './families.ts'

const sources: readonly SourceKind[] = ['instance-queue', 'client-queue', 'intake-queue', 'stored']
const transports: readonly Transport[] = ['long-poll', 'event-stream', 'web-socket']
const pollEnds: readonly PollEnd['kind'][] = ['answered', 'timed-out', 'hung-up', 'released', 'refused']
const leaseEnds: readonly LeaseEnd[] = ['acknowledged', 'sent-on', 'outdated', 'released', 'expired', 'let-go']

/** Seconds. A client that waits has a notification within milliseconds; one that was away, when it is back. */
const writtenBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3600]
/** Seconds. With `ack=auto` a grace of one second passes; with `ack=next` the next poll acknowledges. */
const acknowledgedBounds = [0.01, 0.05, 0.1, 0.5, 1, 1.5, 2.5, 5, 10, 30, 60]

type Tally<Name extends string> = Record<Name, number>

function tally<Name extends string>(names: readonly Name[]): Tally<Name> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Tally<Name>
}

function tallies<Group extends string, Name extends string>(groups: readonly Group[], names: readonly Name[]) {
  return Object.fromEntries(groups.map((group) => [group, tally(names)])) as Record<Group, Tally<Name>>
}

/** Counts what becomes of polls and leases. */
export class Deliveries implements Observer {
  readonly #pollsHeld = tally(transports)
  readonly #pollsEnded = tallies(transports, pollEnds)
  readonly #leased = tally(sources)
  readonly #handedOver = tally(sources)
  readonly #ended = tallies(sources, leaseEnds)
  readonly #sentToWritten = { waiting: new Buckets(writtenBounds), away: new Buckets(writtenBounds) }
  readonly #writtenToAcknowledged = new Buckets(acknowledgedBounds)
  readonly #now: () => number

  /** `now` returns milliseconds since 1970, by which the senders' times are told. */
  constructor(now: () => number) {
    this.#now = now
  }

  pollHeld(transport: Transport): void {
    this.#pollsHeld[transport] += 1
  }

  pollEnded(transport: Transport, end: PollEnd['kind']): void {
    this.#pollsEnded[transport][end] += 1
  }

  leased({ source }: Lease): void {
    this.#leased[source.kind] += 1
  }

  handedOver({ source }: Lease): void {
    this.#handedOver[source.kind] += 1
  }

  written({ notification, wasAwaited }: Lease): void {
    // The clock of a sender may be ahead of this one's.
    const ms = Math.max(0, this.#now() - Date.parse(notification.sentAt))
    this.#sentToWritten[wasAwaited ? 'waiting' : 'away'].observe(ms / 1000)
  }

  leaseEnded({ source }: Lease, end: LeaseEnd, sinceWrittenMs: number | null): void {
    this.#ended[source.kind][end] += 1
    if (end === 'acknowledged' && sinceWrittenMs !== null) this.#writtenToAcknowledged.observe(sinceWrittenMs / 1000)
  }

  /** The leases that have ended because their notifications had expired, by source. */
  get outdated(): Record<SourceKind, number> {
    const counts = tally(sources)
    for (const source of sources) counts[source] = this.#ended[source].outdated
    return counts
  }

  /** Adds the metrics of polls and leases. */
  addTo(families: Families): void {
    families.counters(
      { name: 'polls_held', help: 'Polls and streams that were held, by transport.', labels: ['transport'] },
      () => samples('transport', this.#pollsHeld),
    )
    families.counters(
      {
        name: 'polls_ended',
        help: 'Polls and streams that have ended, by transport and by how they ended.',
        labels: ['transport', 'end'],
      },
      () => samplesOfGroups('transport', 'end', this.#pollsEnded),
    )
    families.counters(
      { name: 'leases', help: 'Leases on notifications that were taken, by source.', labels: ['source'] },
      () => samples('source', this.#leased),
    )
    families.counters(
      {
        name: 'handed_over',
        help: 'Notifications written into a response or an event, by source; each again when it is handed over again.',
        labels: ['source'],
      },
      () => samples('source', this.#handedOver),
    )
    families.counters(
      {
        name: 'lease_ends',
        help: 'Leases that have ended, by source and by how they ended.',
        labels: ['source', 'end'],
      },
      () => samplesOfGroups('source', 'end', this.#ended),
    )
    families.histograms(
      {
        name: 'sent_to_written_seconds',
        help: 'Time from the sending of a notification to its first response, by whether its client was waiting.',
        labels: ['client'],
      },
      () => Object.entries(this.#sentToWritten).map(([client, buckets]) => [{ client }, buckets] as const),
    )
    families.histograms(
      {
        name: 'written_to_acknowledged_seconds',
        help: 'Time from the first response with a notification to its acknowledgement.',
        labels: [],
      },
      () => [[{}, this.#writtenToAcknowledged]],
    )
  }
}

function samples(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([name, value]) => [{ [label]: name }, value])
}

function samplesOfGroups(
  groupLabel: string,
  label: string,
  counts: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Sample[] {
  return Object.entries(counts).flatMap(([group, ofGroup]) =>
    Object.entries(ofGroup).map(([name, value]): Sample => [{ [groupLabel]: group, [label]: name }, value]),
  )
}
