import { hash } from 'node:crypto'
import { bodyOf } from './ledger.ts'
import { clientId } from './tokens.ts'

/** A message of the queue that stands in for SQS. */
export interface QueueMessage {
  /** Its number among all messages ever sent, from which its id and its receipt handle are made. */
  readonly index: number
  readonly client: number
  readonly number: number
  receives: number
}

/** As long as the receipt handles of SQS, since the service parses, keeps and returns every one. */
const handlePrefix = 'AQEB'.padEnd(320, 'zbVv3fajL0VMtBkHs9Yq')
const indexDigits = 12

/** Returns the message as in a response of ReceiveMessage, in the AWS JSON protocol. */
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

/** Returns the number of the message that a receipt handle is for. */
export function indexOf(receiptHandle: string): number {
  return Number(receiptHandle.slice(-indexDigits))
}
