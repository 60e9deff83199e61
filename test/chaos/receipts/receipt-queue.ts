import { setTimeout as pause } from 'node:timers/promises'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { ReceiptLedger } from './receipt-ledger.ts'
import type { Told } from './told.ts'

const everyMs = 200

/** An event, as far as it is looked at. */
interface Event {
  readonly data: { readonly id: string; readonly addressee: string } & Pick<Told, 'state'> & {
      readonly by?: Told['by']
    }
}

/** Makes the queue for events; resolves with its URL. */
export async function createReceiptQueue(client: SQSClient): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'receipts' }))
  return QueueUrl
}

/** Reads events, as the service of a sender would, until the signal aborts and none is left. Errors are tried again. */
export async function readReceipts(
  { client, receiptQueueUrl: queueUrl }: { readonly client: SQSClient; readonly receiptQueueUrl: string },
  ledger: ReceiptLedger,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const read = await readSome(client, queueUrl, ledger).catch(() => 0)
    if (read > 0) continue
    if (signal.aborted) return
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
}

/** Returns how many events there were. */
async function readSome(client: SQSClient, queueUrl: string, ledger: ReceiptLedger): Promise<number> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  )
  if (Messages.length === 0) return 0
  for (const { Body = '' } of Messages) {
    const { data } = JSON.parse(Body) as Event
    ledger.told(data.addressee, data.id, { way: 'event', state: data.state, by: data.by ?? null })
  }
  const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
  await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  return Messages.length
}
