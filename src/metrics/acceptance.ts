import type { SqsCounters } from '../adapters/sqs/counters.ts'
import type { Gateway } from '../modes/mode.ts'
import type { Deliveries } from './deliveries.ts'
import type { Families, Sample } from './families.ts'

/** Counts of notifications that were accepted over HTTP. */
interface Accepted {
  publication: number
  callback: number
}

/** Returns the gateway, which from now on counts what it accepts; repeats of what was accepted are not counted. */
export function countAccepted(gateway: Gateway): { readonly gateway: Gateway; readonly accepted: Readonly<Accepted> } {
  const accepted: Accepted = { publication: 0, callback: 0 }
  const { publishing, callbacks } = gateway
  return {
    accepted,
    gateway: {
      ...gateway,
      publishing: {
        ...publishing,
        async insert(publication) {
          const outcome = await publishing.insert(publication)
          if (outcome.kind === 'stored') accepted.publication += 1
          return outcome
        },
      },
      callbacks: {
        ...callbacks,
        async accept(callback) {
          const outcome = await callbacks.accept(callback)
          if (outcome.kind === 'stored') accepted.callback += 1
          return outcome
        },
      },
    },
  }
}

interface Counted {
  readonly accepted: Accepted
  readonly sqs: SqsCounters
  readonly stored: { readonly expired: number; readonly expiredAsSaid: number } | null
  readonly deliveries: Pick<Deliveries, 'outdated'>
}

/** Adds the metrics of what is accepted, and of what cannot be delivered. */
export function addAcceptance(families: Families, { accepted, sqs, stored, deliveries }: Counted): void {
  families.counters(
    {
      name: 'accepted',
      help: 'Notifications accepted over HTTP, or received from a queue for the first time, by source.',
      labels: ['source'],
    },
    () => Object.entries({ ...accepted, ...sqs.accepted }).map(([source, count]) => [{ source }, count] as const),
  )
  families.counters(
    {
      name: 'expired',
      help: 'Notifications that have expired, by source and by who had set the time: their sender, or the service.',
      labels: ['source', 'set_by'],
    },
    () => {
      const { stored: leased, ...queues } = deliveries.outdated
      return [
        ...Object.entries(queues).map(([source, count]): Sample => [{ source, set_by: 'sender' }, count]),
        [{ source: 'stored', set_by: 'sender' }, leased + (stored?.expiredAsSaid ?? 0)],
        [{ source: 'stored', set_by: 'service' }, stored?.expired ?? 0],
      ]
    },
  )
  families.counters(
    {
      name: 'dead_lettered',
      help: 'Messages that this instance moved to the dead-letter queue: no notifications, or expired ones. By source.',
      labels: ['source'],
    },
    () => Object.entries(sqs.deadLettered).map(([source, count]) => [{ source }, count] as const),
  )
  families.counters(
    {
      name: 'receipts',
      help: 'Receipts for messages and for receipt queues: kept, failed tries, and those that were given up.',
      labels: ['outcome'],
    },
    () => Object.entries(sqs.receipts).map(([outcome, count]) => [{ outcome }, count] as const),
  )
  families.counter({ name: 'invalid', help: 'Messages that are not valid notifications.' }, () => sqs.invalid)
  families.counter(
    { name: 'invalid_hidden', help: 'Invalid messages hidden in their queue because there is no dead-letter queue.' },
    () => sqs.invalidHidden,
  )
}
