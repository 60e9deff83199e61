import type { SQSClient } from '@aws-sdk/client-sqs'

export { clientQueueName, clientQueueUrl } from './client-queue.d.ts'

/** An `SQSClient`, with the region, the endpoint and the credentials of its owner. */
export type SqsSender = Pick<SQSClient, 'send'>

/** How the service is asked where a client is. */
export interface ServiceAccess {
  /** `https://notifications.example.com`. */
  readonly serviceUrl: string
  /** A token with the scope `sessions:read`, and `notifications:publish` to store. Asked for at every request. */
  readonly getToken: () => string | Promise<string>
}

export type PublisherOptions = { readonly sqs: SqsSender } & (
  | (ServiceAccess & { readonly userQueueBaseUrl?: string })
  /** The service's `SQS_USER_QUEUE_BASE_URL` in mode 2: then nobody has to be asked. */
  | { readonly userQueueBaseUrl: string; readonly serviceUrl?: undefined; readonly getToken?: undefined }
)

export interface Publication {
  /** The client id it is for. */
  readonly addressee: string
  /** 1 to 256 characters. */
  readonly subject: string
  /** Text, or bytes; bytes that are not UTF-8 reach the client as base64. It may be empty. */
  readonly body: string | Uint8Array
  readonly contentType?: string | undefined
  /** What the client drops repeats by; a random one when absent. */
  readonly id?: string | undefined
  readonly correlationId?: string | undefined
  /** `store`: when the client is connected nowhere, have the service keep it until the client comes. Text only. */
  readonly otherwise?: 'store' | undefined
}

/** What became of it; `id` is the notification's. */
export type Published =
  /** SQS has it, in the queue that reaches the client. */
  | {
      readonly status: 'sent'
      readonly id: string
      readonly messageId: string
      readonly queueUrl: string
      /** Where the client was; null in mode 2 while it is away, or when nobody was asked. */
      readonly instanceId: string | null
    }
  /** Nothing was sent: in mode 1 the client is connected nowhere, in mode 2 it has no queue yet. */
  | { readonly status: 'offline'; readonly id: string; readonly mode: number }
  /** The service has stored it; `live`: and has handed it to the client's instance. */
  | { readonly status: 'stored'; readonly id: string; readonly live: boolean; readonly duplicate: boolean }

export interface Publisher {
  /**
   * Finds the queue that reaches the addressee and sends to it, a few times over when that queue has just gone, or when
   * the service or SQS does not answer; each time under the same id. Rejects with a `TypeError` or a `RangeError` for
   * what can never be sent, before anything is, and with a `PublishError` when it gave up.
   */
  publish(publication: Publication): Promise<Published>
}

export function createPublisher(options: PublisherOptions): Publisher

/** It was not published, or nobody can tell. To try again under the same id does no harm. */
export class PublishError extends Error {
  readonly name: 'PublishError'
  /** What the service or SQS answered; null when they did not. */
  readonly status: number | null
}
