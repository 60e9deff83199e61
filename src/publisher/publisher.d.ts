import type { SQSClient } from '@aws-sdk/client-sqs'

export { clientQueueName, clientQueueUrl } from './client-queue.js'

/** An `SQSClient` with your region, endpoint and credentials. */
export type SqsSender = Pick<SQSClient, 'send'>

/** Access to the service, to look up the queue of a client. */
export interface ServiceAccess {
  /** The address of the service, such as `https://notifications.example.com`. */
  readonly serviceUrl: string
  /** Returns a token with the scope `sessions:read`, and `notifications:publish` to store. Called for every request. */
  readonly getToken: () => string | Promise<string>
}

export type PublisherOptions = { readonly sqs: SqsSender } & (
  | (ServiceAccess & { readonly userQueueBaseUrl?: string; readonly intakeQueueUrl?: undefined })
  /** The service's `SQS_USER_QUEUE_BASE_URL` in mode 2, which makes a look-up at the service unnecessary. */
  | {
      readonly userQueueBaseUrl: string
      readonly serviceUrl?: undefined
      readonly getToken?: undefined
      readonly intakeQueueUrl?: undefined
    }
  /** The service's `SQS_INTAKE_QUEUE_URL`, which takes messages for every client: nothing is looked up, nobody is offline. */
  | {
      readonly intakeQueueUrl: string
      readonly serviceUrl?: undefined
      readonly getToken?: undefined
      readonly userQueueBaseUrl?: undefined
    }
)

export interface Publication {
  /** The id of the client that the notification is for. */
  readonly addressee: string
  /** 1 to 256 characters. */
  readonly subject: string
  /** Text or bytes; bytes that are not UTF-8 reach the client as base64. The body may be empty. */
  readonly body: string | Uint8Array
  readonly contentType?: string | undefined
  /** The id by which the client drops duplicates; a random id when absent. */
  readonly id?: string | undefined
  readonly correlationId?: string | undefined
  /**
   * The time after which the notification is never handed over: a `Date`, or a text such as `2026-11-21T20:15:03Z`. With
   * `ttlSeconds` as well, the earlier of the two counts.
   */
  readonly expiresAt?: Date | string | undefined
  /** After how many seconds it is never handed over, counted from when SQS or the service takes the notification. */
  readonly ttlSeconds?: number | undefined
  /** Whether the service keeps a receipt, for `GET /receipts/{addressee}/{id}` (mode 1). */
  readonly receipt?: boolean | undefined
  /** The name, in the service's `RECEIPT_QUEUES`, of the queue that gets an event of the outcome. */
  readonly receiptTo?: string | undefined
  /** The trace that the notification belongs to (W3C Trace Context). A malformed one is ignored. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** With `store` the service keeps the notification for a client that is not connected. Only for text. */
  readonly otherwise?: 'store' | undefined
}

/** The outcome of a publication; `id` is the notification's. */
export type Published =
  /** The message is in the queue that reaches the client. */
  | {
      readonly status: 'sent'
      readonly id: string
      readonly messageId: string
      readonly queueUrl: string
      /** The client's instance; null in mode 2 while the client is away, or when the service was not asked. */
      readonly instanceId: string | null
    }
  /** Nothing was sent: in mode 1 the client is not connected, in mode 2 it has no queue yet. */
  | { readonly status: 'offline'; readonly id: string; readonly mode: number }
  /** The service has stored the notification; `live`: and has handed it to the client's instance. */
  | { readonly status: 'stored'; readonly id: string; readonly live: boolean; readonly duplicate: boolean }

export interface Publisher {
  /**
   * Looks up the queue that reaches the addressee and sends to it. Tries again a few times, with the same id, when the
   * queue has just been deleted, or the service or SQS does not answer. Rejects with a `TypeError` or a `RangeError`,
   * before any request, when the publication is invalid, and with a `PublishError` when all attempts failed.
   */
  publish(publication: Publication): Promise<Published>
  /**
   * Publishes many. Each has an outcome of its own, in the order of the publications, and none affects the others: never
   * rejects for a publication. Into an intake queue, up to ten messages go in each request to SQS.
   */
  publishAll(publications: readonly Publication[]): Promise<Outcome[]>
}

/** The outcome of one of many publications. `error` is what `publish` would have rejected with. */
export type Outcome = Published | { readonly status: 'failed'; readonly id: string; readonly error: Error }

export function createPublisher(options: PublisherOptions): Publisher

/** The notification was not published, or its publication is unknown. Publishing again with the same id is safe. */
export class PublishError extends Error {
  readonly name: 'PublishError'
  /** The status of the response of the service or SQS; null when there was none. */
  readonly status: number | null
}
