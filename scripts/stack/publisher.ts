import { type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { credentials } from './settings.ts'

/** A message of a publisher. */
export interface Message {
  readonly addressee: string
  readonly subject: string
  readonly body: string
  readonly id?: string | undefined
  readonly contentType?: string | undefined
  /** After how many seconds it expires. */
  readonly ttlSeconds?: number | undefined
  /** When it expires: a date and time. */
  readonly expiresAt?: string | undefined
  /** The name of the queue that gets an event of what becomes of it. */
  readonly receiptTo?: string | undefined
  /** Whether its sender wants to look up what becomes of it. */
  readonly receipt?: boolean | undefined
}

/** Where a client is, as the service tells publishers. */
export interface Session {
  readonly clientId: string
  readonly mode: 1 | 2
  readonly online: boolean
  readonly instanceId: string | null
  readonly queueUrl: string | null
}

/** Asks the service where the client is. The token needs the scope `sessions:read`. */
export async function lookUpSession(serviceUrl: string, clientId: string, token: string): Promise<Session> {
  const answer = await fetch(`${serviceUrl}/sessions/${encodeURIComponent(clientId)}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`the service answered ${answer.status} to the look-up: ${text}`)
  return JSON.parse(text) as Session
}

/** The answer to a publication. */
export interface Published {
  readonly id: string
  /** `acknowledged`, or where the notification is. */
  readonly status: string
  /** Whether the service waited for the acknowledgement. It does not in mode 2. */
  readonly hasWaited: boolean
}

/**
 * Publishes over HTTP and waits so long for the acknowledgement. The token needs the scope `notifications:publish`. Rejects
 * when the service does not accept the notification.
 */
export async function publish(
  serviceUrl: string,
  message: Message,
  { token, waitSeconds }: { readonly token: string; readonly waitSeconds: number },
): Promise<Published> {
  const answer = await fetch(`${serviceUrl}/notifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      prefer: `wait=${waitSeconds}`,
    },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(waitSeconds * 1_000 + 10_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the service answered ${answer.status}: ${text}`)
  const { id, status } = JSON.parse(text) as Published
  return { id, status, hasWaited: answer.headers.has('preference-applied') }
}

/** A client of the stack's SQS. */
export function sqsClient(endpoint: string, region: string): SQSClient {
  // The queue URLs name hosts below "localhost" that many machines cannot resolve: the endpoint is where they are.
  return new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false })
}

/** Sends it to that queue, as any backend would; the answer is the id SQS gave it. */
export async function sendMessage(sqs: SQSClient, queueUrl: string, message: Message): Promise<string> {
  const attributes = {
    addressee: message.addressee,
    subject: message.subject,
    id: message.id,
    'content-type': message.contentType,
    'sent-at': new Date().toISOString(),
    'ttl-seconds': message.ttlSeconds === undefined ? undefined : String(message.ttlSeconds),
    'expires-at': message.expiresAt,
    'receipt-to': message.receiptTo,
    receipt: message.receipt === true ? 'true' : undefined,
    // SQS carries no empty body: the attribute says that the text is not meant.
    encoding: message.body === '' ? 'empty' : undefined,
  }
  const { MessageId } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: message.body || 'empty',
      MessageAttributes: stringAttributes(attributes),
    }),
    { abortSignal: AbortSignal.timeout(10_000) },
  )
  return MessageId ?? ''
}

function stringAttributes(values: Record<string, string | undefined>): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { DataType: 'String', StringValue: value }]],
    ),
  )
}
