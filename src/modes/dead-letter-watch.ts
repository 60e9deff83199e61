import type { ServiceDlq } from '../adapters/sqs/dead-letter-queue.ts'
import { OutageLog } from '../delivery/outage-log.ts'
import type { Clock, Log } from '../delivery/ports.ts'
import { mayPass } from './starting.ts'

/** Between two looks, each of which is two calls of SQS. */
const lookEveryMs = 60_000

interface Needs {
  readonly dlq: Pick<ServiceDlq, 'find' | 'forget' | 'isKnown'>
  readonly clock: Clock
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Pick<Log, 'info' | 'warn'>
}

/**
 * Looks once a minute whether the dead-letter queue is still there, once it was found for the first time. When it was
 * deleted, the finder creates it again, or it is told of here where that is not the service's business. SQS itself says
 * nothing: it goes on to show messages that were received too often. Never rejects.
 */
export async function watchDlq({ dlq, clock, sleep, log }: Needs, signal: AbortSignal): Promise<void> {
  const outage = new OutageLog({
    ...{ clock, log },
    failing: 'the dead-letter queue is gone: messages that no client fetches stay in their queue until it is created',
    recovered: 'the dead-letter queue is there again',
  })
  let wasFound = false
  for (;;) {
    await sleep(lookEveryMs, signal)
    if (signal.aborted) return
    wasFound ||= dlq.isKnown()
    if (!wasFound) continue
    dlq.forget()
    try {
      await dlq.find()
      outage.worked()
    } catch (error) {
      // An outage of SQS is told elsewhere, and says nothing of this queue.
      if (!mayPass(error)) outage.failed(error)
    }
  }
}
