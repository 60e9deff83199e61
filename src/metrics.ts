import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { SqsCounters } from './adapters/sqs/counters.ts'
import type { Mailboxes } from './delivery/mailboxes.ts'

interface Measured {
  readonly mailboxes: Mailboxes
  readonly sqs: SqsCounters
  /** Notifications sent on to other instances, and those that could not be. */
  readonly forwards: { readonly sent: number; readonly failed: number }
}

/** A standard queue, beyond the first million calls of a month: https://aws.amazon.com/sqs/pricing/ */
const dollarsPerMillionReceives = 0.4
/** 730 hours, as AWS counts them. */
const minutesPerMonth = 730 * 60

/** What an operator watches, in the text form of Prometheus. Read when asked for: nothing is counted twice. */
export function openMetrics({ mailboxes, sqs, forwards }: Measured): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `notifications_${name}`,
      help,
      registers: [register],
      collect() {
        this.set(read())
      },
    })
  }
  // Prometheus counters only go up; ours are kept as totals elsewhere, so each reading replaces the last.
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `notifications_${name}_total`,
      help,
      registers: [register],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }
  gauge('held_polls', 'Polls held by this instance.', () => mailboxes.heldPolls)
  gauge('mailboxes', 'Clients with a poll, a lease or a session here.', () => mailboxes.size)
  gauge('leased_bytes', 'Memory counted for notifications that are not yet settled.', () => mailboxes.leasedBytes)
  gauge('sqs_receives_open', 'Receives from SQS that are open.', () => sqs.receiving)
  counter('sqs_receives', 'Receives issued to SQS.', () => sqs.receives.total)
  gauge('sqs_receives_per_minute', 'Receives issued in the last minute.', () => sqs.receives.perMinute)
  gauge(
    'sqs_receives_dollars_per_month',
    'What the receives of the last minute come to in a month, at the list price of SQS.',
    () => (sqs.receives.perMinute * minutesPerMonth * dollarsPerMillionReceives) / 1_000_000,
  )
  counter('sqs_missing', 'Receives that found no queue (mode 2).', () => sqs.missing)
  counter('sqs_received', 'Messages received from SQS.', () => sqs.received)
  counter('sqs_empty_receives', 'Receives that brought nothing.', () => sqs.emptyReceives)
  counter('sqs_receive_errors', 'Receives that failed.', () => sqs.receiveErrors)
  counter('acknowledged', 'Messages whose deletion SQS has confirmed.', () => sqs.acknowledged)
  counter('released', 'Messages given back to SQS.', () => sqs.released)
  counter('settlements_given_up', 'Deletions and returns that SQS never confirmed.', () => sqs.givenUp)
  counter('invalid', 'Messages that are no notification.', () => sqs.invalid)
  counter('invalid_deleted', 'Invalid messages deleted for want of a dead-letter queue.', () => sqs.invalidDeleted)
  counter('forwarded', 'Notifications sent on to another instance.', () => forwards.sent)
  counter('forward_errors', 'Notifications that could not be sent on.', () => forwards.failed)
  return register
}
