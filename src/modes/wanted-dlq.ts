import type { WantedDlq } from '../adapters/sqs/dead-letter-queue.ts'
import { queueBase } from '../adapters/sqs/queue.ts'
import type { Log } from '../delivery/ports.ts'
import type { ValueOf } from '../setting.ts'
import { noDlq } from '../settings/sqs.ts'
import type { settings } from '../settings.ts'

type Given = {
  readonly [Name in
    | 'NOTIFICATION_SERVICE_MODE'
    | 'SQS_DLQ_ARN'
    | 'SQS_QUEUE_NAME_PREFIX'
    | 'SQS_USER_QUEUE_AUTO_CREATE'
    | 'SQS_USER_QUEUE_BASE_URL']: ValueOf<(typeof settings)[Name]>
}

/** Returns the dead-letter queue that the settings ask for. The service creates it only where it creates queues at all. */
export function wantedDlq(given: Given): WantedDlq {
  const { SQS_DLQ_ARN: arn } = given
  if (arn === noDlq) return { kind: 'none' }
  if (arn !== null) return { kind: 'given', arn }
  const ofClients = given.SQS_USER_QUEUE_AUTO_CREATE ? queueBase(given.SQS_USER_QUEUE_BASE_URL ?? '').prefix : null
  const prefix = given.NOTIFICATION_SERVICE_MODE === '2' ? ofClients : given.SQS_QUEUE_NAME_PREFIX
  return prefix === null ? { kind: 'none' } : { kind: 'own', name: `${prefix}-dlq` }
}

/** Warns where messages can end without anybody seeing them. */
export function warnOfNoDlq(given: Given, log: Pick<Log, 'warn'>): void {
  if (given.SQS_DLQ_ARN === noDlq) {
    log.warn({}, 'SQS_DLQ_ARN is none: messages that no client fetches, and invalid ones, expire in their queue unseen')
  } else if (wantedDlq(given).kind === 'none') {
    log.warn({}, 'SQS_DLQ_ARN is not set: in a queue without a redrive policy, invalid messages expire unseen')
  }
}
