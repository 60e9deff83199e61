import { existingQueue } from './sqs.ts'
import type { SqsServer } from './sqs-server.ts'

/** The name by which senders ask for receipts beside a local stack. */
export const receiptQueueName = 'receipts'

/** Returns the URL of the stack's queue for receipts, which is created at its first start. */
export function receiptQueue(store: SqsServer['store']): string {
  const name = 'notifications-receipts'
  return (existingQueue(store, name) ?? store.createQueue(name)).queueUrl
}
