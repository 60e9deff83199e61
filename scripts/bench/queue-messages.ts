import { hash } from 'node:crypto'
import { bodyOf } from './ledger.ts'
import { clientId } from './tokens.ts'

/** A message of a queue that stands in for SQS. */
export interface QueueMessage {
  /** Its number among all messages ever sent, from which its id and its receipt handle are made. */
  readonly index: number
  readonly body: string
  /** Its message attributes as JSON. */
  readonly attributes: string
  /** The time at which it was sent, in milliseconds since 1970. */
  readonly sentAtMs: number
  receives: number
}

/** As long as the receipt handles of SQS, since the service parses, keeps and returns every one. */
const handlePrefix = 'AQEB'.padEnd(320, 'zbVv3fajL0VMtBkHs9Yq')
const indexDigits = 12

/** Returns a delivery of the benchmark as a message. */
export function deliveryMessage(index: number, client: number, number: number): QueueMessage {
  const now = new Date()
  const attributes =
    `{"addressee":${text(clientId(client))},"subject":${text('bench.delivery')},` +
    `"id":${text(`n-${digitsOf(index)}`)},"sent-at":${text(now.toISOString())}}`
  return { index, body: bodyOf(client, number), attributes, sentAtMs: now.getTime(), receives: 0 }
}

/** Returns the id that the queue gives a message. */
export function messageId(index: number): string {
  return `5fea7756-0ea4-451a-a703-${digitsOf(index)}`
}

/** Returns the message as in a response of ReceiveMessage, in the AWS JSON protocol. */
export function shown(message: QueueMessage, receivedAtMs: number): string {
  const { index, body, attributes, sentAtMs, receives } = message
  return (
    `{"MessageId":"${messageId(index)}","ReceiptHandle":"${handlePrefix}${digitsOf(index)}",` +
    `"MD5OfBody":"${hash('md5', body)}","Body":${JSON.stringify(body)},"Attributes":{"SenderId":"AIDAIENQZJOLO23YVJ4VO",` +
    `"ApproximateFirstReceiveTimestamp":"${receivedAtMs}","ApproximateReceiveCount":"${receives}",` +
    `"SentTimestamp":"${sentAtMs}"},"MD5OfMessageAttributes":"d25a6aea97eb8f585bfa92d314504a92",` +
    `"MessageAttributes":${attributes}}`
  )
}

function text(value: string): string {
  return `{"StringValue":"${value}","DataType":"String"}`
}

function digitsOf(index: number): string {
  return String(index).padStart(indexDigits, '0')
}

/** Returns the number of the message that a receipt handle is for. */
export function indexOf(receiptHandle: string): number {
  return Number(receiptHandle.slice(-indexDigits))
}
