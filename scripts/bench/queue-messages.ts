import { hash } from 'node:crypto'
import { bodyOf } from './ledger.ts'
import { clientId } from './tokens.ts'

/** One message of the queue that stands in for SQS. */
export interface QueueMessage {
  /** Its place among all that were ever sent: its id and its receipt handle are made of it. */
  readonly index: number
  readonly client: number
  readonly number: number
  receives: number
}

/** As long as those of SQS, since the service parses, keeps and sends back every one. */
const handlePrefix = 'AQEB'.padEnd(320, 'zbVv3fajL0VMtBkHs9Yq')
const indexDigits = 12

/** The message as ReceiveMessage shows it, in the AWS JSON protocol. */
export function shown(message: QueueMessage, sentAt: { readonly iso: string; readonly ms: string }): string {
  const body = bodyOf(message.client, message.number)
  const digits = String(message.index).padStart(indexDigits, '0')
  return (
    `{"MessageId":"5fea7756-0ea4-451a-a703-${digits}","ReceiptHandle":"${handlePrefix}${digits}",` +
    `"MD5OfBody":"${hash('md5', body)}","Body":"${body}","Attributes":{"SenderId":"AIDAIENQZJOLO23YVJ4VO",` +
    `"ApproximateFirstReceiveTimestamp":"${sentAt.ms}","ApproximateReceiveCount":"${message.receives}",` +
    `"SentTimestamp":"${sentAt.ms}"},"MD5OfMessageAttributes":"d25a6aea97eb8f585bfa92d314504a92","MessageAttributes":{` +
    `"addressee":${text(clientId(message.client))},"subject":${text('bench.delivery')},` +
    `"id":${text(`n-${digits}`)},"sent-at":${text(sentAt.iso)}}}`
  )
}

function text(value: string): string {
  return `{"StringValue":"${value}","DataType":"String"}`
}

/** Which message a receipt handle is for. */
export function indexOf(receiptHandle: string): number {
  return Number(receiptHandle.slice(-indexDigits))
}
