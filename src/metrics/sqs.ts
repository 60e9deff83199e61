import type { SqsCounters } from '../adapters/sqs/counters.ts'
import type { Families } from './families.ts'

/** The price for a standard queue, beyond the first million calls of a month: https://aws.amazon.com/sqs/pricing/ */
const dollarsPerMillionReceives = 0.4
/** AWS counts a month as 730 hours. */
const minutesPerMonth = 730 * 60

/** Adds the metrics of the calls to SQS, and of what came of them. */
export function addSqs(families: Families, sqs: SqsCounters): void {
  families.counters(
    {
      name: 'sqs_calls',
      help: 'Calls to SQS that succeeded, or failed, by operation. Each has a price.',
      labels: ['operation', 'outcome'],
    },
    () =>
      [...sqs.calls.byOperation].flatMap(([operation, { succeeded, failed }]) => [
        [{ operation, outcome: 'succeeded' }, succeeded] as const,
        [{ operation, outcome: 'failed' }, [...failed.values()].reduce((total, count) => total + count, 0)] as const,
      ]),
  )
  families.counters(
    {
      name: 'sqs_call_errors',
      help: 'Calls to SQS that failed, by operation and reason.',
      labels: ['operation', 'reason'],
    },
    () =>
      [...sqs.calls.byOperation].flatMap(([operation, { failed }]) =>
        [...failed].map(([reason, count]) => [{ operation, reason }, count] as const),
      ),
  )
  families.gauge({ name: 'sqs_receives_open', help: 'Receives from SQS in flight.' }, () => sqs.receiving)
  families.gauge(
    { name: 'sqs_queues_backing_off', help: 'Queues whose next receive waits because the last one failed.' },
    () => sqs.backingOff,
  )
  families.counter({ name: 'sqs_receives', help: 'Receives issued to SQS.' }, () => sqs.receives.total)
  families.gauge(
    { name: 'sqs_receives_per_minute', help: 'Receives issued in the last minute.' },
    () => sqs.receives.perMinute,
  )
  families.gauge(
    {
      name: 'sqs_receives_dollars_per_month',
      help: 'Cost of the receives of the last minute, projected to a month, at the list price of SQS.',
    },
    () => (sqs.receives.perMinute * minutesPerMonth * dollarsPerMillionReceives) / 1_000_000,
  )
  families.counter(
    { name: 'sqs_missing', help: 'Receives that found no queue where that is no failure.' },
    () => sqs.missing,
  )
  families.counter({ name: 'sqs_received', help: 'Messages received from SQS.' }, () => sqs.received)
  families.counter({ name: 'sqs_empty_receives', help: 'Receives that returned no message.' }, () => sqs.emptyReceives)
  families.counter({ name: 'sqs_receive_errors', help: 'Receives that failed.' }, () => sqs.receiveErrors)
  families.counter({ name: 'sqs_deleted', help: 'Messages whose deletion SQS has confirmed.' }, () => sqs.acknowledged)
  families.counter(
    { name: 'sqs_released', help: 'Messages released to SQS without an acknowledgement.' },
    () => sqs.released,
  )
  families.counter(
    { name: 'settlements_given_up', help: 'Deletions and releases that SQS never confirmed.' },
    () => sqs.givenUp,
  )
}
