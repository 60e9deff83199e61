import type { Ledger } from '../ledger.ts'
import type { ChaoticSqs } from '../sqs.ts'
import { type Fault, type Faults, oneAtATime } from './fault.ts'

const sqsMs = [2_000, 8_000] as const
/** The part of all calls that fail. */
const failingShare = 0.7
/** A call that hangs ends after 4 s, and is made again up to 5 s after that. */
const aftermathMs = 10_000

/** An SQS that fails, hangs, forgets to answer, and stands still. */
export function sqsFaults({ sqs, ledger }: { readonly sqs: ChaoticSqs; readonly ledger: Ledger }): Faults {
  const alone = oneAtATime()
  const fault = (begin: () => void, end: () => void): Fault => ({
    weight: 1,
    begin: ({ last }) =>
      alone(async () => {
        const over = ledger.disturb({ aftermathMs })
        begin()
        await last(sqsMs)
        end()
        over()
      }),
  })
  const heal = () => sqs.fail(null)
  return {
    'SQS errors': fault(() => sqs.fail('error', failingShare), heal),
    'SQS hangs': fault(() => sqs.fail('hang', failingShare), heal),
    'SQS answers lost': fault(() => sqs.fail('crash', failingShare), heal),
    'pause SQS': fault(
      () => sqs.pause(),
      () => sqs.resume(),
    ),
  }
}
