import { defaultAddresseePointer } from '../delivery/intake/event-bridge.ts'
import {
  baseUrl,
  httpUrl,
  jsonPointer,
  list,
  type SettingsTable,
  setting,
  uuid,
  wholeNumber,
  yesOrNo,
} from '../setting.ts'

/** The value of `SQS_DLQ_ARN` that says that no dead-letter queue is wanted. */
export const noDlq = 'none'

/** The settings of the queues, in both modes. */
export const sqsSettings = {
  NOTIFICATION_SERVICE_CLIENT_ID: setting<string | null>({
    about: 'fixed id of this instance, a UUID; needs SQS_QUEUE_URL',
    parse: uuid,
    fallback: null,
    fallbackText: 'a new id at every start',
  }),
  SQS_QUEUE_NAME_PREFIX: setting<string | null>({
    about:
      'mode 1: first part of the queue names; a dash and the instance id follow (required unless SQS_QUEUE_URL is set)',
    parse: queueNamePrefix,
    fallback: null,
    fallbackText: '',
  }),
  SQS_QUEUE_URL: setting<string | null>({
    about: 'mode 1: an existing queue to receive from, for this instance alone',
    parse: queueUrl,
    fallback: null,
    fallbackText: '',
  }),
  SQS_INTAKE_QUEUE_URL: setting<string | null>({
    about: 'queue that takes messages for any client; every instance receives from it',
    parse: queueUrl,
    fallback: null,
    fallbackText: 'none',
  }),
  SQS_DLQ_ARN: setting<string | null>({
    about:
      'ARN of the dead-letter queue; by default one is created where the service makes the queues; none: messages that no client fetches expire in their queue',
    parse: (value) => (value === noDlq ? value : queueArn(value)),
    fallback: null,
    fallbackText: '{SQS_QUEUE_NAME_PREFIX}-dlq',
  }),
  DEAD_LETTER_EXPIRED: setting<boolean>({
    about:
      'whether notifications that have expired go to the dead-letter queue; otherwise they are deleted and counted',
    parse: yesOrNo,
    fallback: false,
  }),
  SQS_MAX_RECEIVE_COUNT: setting({
    about: 'how often a message is received before it goes to the dead-letter queue',
    parse: wholeNumber(1, 1000),
    fallback: 5,
  }),
  SQS_VISIBILITY_TIMEOUT_SECONDS: setting({
    about: 'how long a received message is leased, in seconds',
    parse: wholeNumber(2, 43_200),
    fallback: 30,
  }),
  SQS_GIVE_BACK_SECONDS: setting({
    about: 'time after which SQS shows a released message again, in seconds',
    parse: wholeNumber(0, 60),
    fallback: 0,
  }),
  EVENT_ADDRESSEE_POINTER: setting({
    about: 'JSON pointer (RFC 6901) to the addressee in events of Amazon EventBridge',
    parse: jsonPointer,
    fallback: defaultAddresseePointer,
  }),
  RECEIPT_QUEUES: setting<ReadonlyMap<string, string>>({
    about: 'queues that get an event of the outcome of a notification: name=queue URL, separated by commas',
    parse: receiptQueues,
    fallback: new Map(),
    fallbackText: '',
  }),
  SQS_USER_QUEUE_BASE_URL: setting<string | null>({
    about: 'mode 2: first part of the queue URLs; a dash and the client id follow (required in mode 2)',
    parse: queueBaseUrl,
    fallback: null,
    fallbackText: '',
  }),
  SQS_USER_QUEUE_AUTO_CREATE: setting({
    about: 'mode 2: create the queue of a client that does not have one, and the dead-letter queue {base}-dlq',
    parse: yesOrNo,
    fallback: false,
  }),
} as const satisfies SettingsTable

/** Parses names of queues with their URLs. */
function receiptQueues(value: string): ReadonlyMap<string, string> {
  const queues = new Map<string, string>()
  for (const entry of list(value)) {
    const [, name, url] = /^([A-Za-z0-9_.-]{1,64})=(.*)$/.exec(entry) ?? []
    if (name === undefined || url === undefined) {
      throw new Error(
        'expected name=queue URL, separated by commas; a name has 1 to 64 letters, digits, dots, dashes or underscores',
      )
    }
    if (queues.has(name)) throw new Error(`expected each name once, but ${name} is there twice`)
    queues.set(name, queueUrl(url))
  }
  return queues
}

/** Parses a prefix to which a dash and a UUID can be added within the 80 characters of a queue name. */
function queueNamePrefix(value: string): string {
  if (value.endsWith('.fifo')) throw new Error(noFifoName)
  if (!/^[A-Za-z0-9_-]{1,43}$/.test(value)) throw new Error('expected 1 to 43 letters, digits, dashes or underscores')
  return value
}

/** Parses a URL to which a dash and an encoded client id of 45 characters can be added within the 80 characters. */
function queueBaseUrl(value: string): string {
  const url = baseUrl(value)
  if (url.endsWith('.fifo')) throw new Error(noFifoName)
  if (!/^https?:\/\/[^/?#]+\/(?:[^?#]*\/)?[A-Za-z0-9_-]{1,34}$/.test(url)) {
    throw new Error('expected a URL that ends in 1 to 34 letters, digits, dashes or underscores')
  }
  return url
}

const noFifoName = 'expected a name without .fifo: a queue name can only end in it, and here an id follows'

/** Parses the URL of a queue; returns it as it was given. */
function queueUrl(value: string): string {
  if (!/^[^?#]*\/[A-Za-z0-9_-]{1,80}(\.fifo)?\/?$/.test(httpUrl(value).replace(/^https?:\/\/[^/]*/i, ''))) {
    throw new Error(
      'expected the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/notifications',
    )
  }
  return value
}

function queueArn(value: string): string {
  if (!/^arn:[a-z-]+:sqs:[a-z0-9-]+:\d+:[A-Za-z0-9_-]{1,80}$/.test(value.replace(/\.fifo$/, ''))) {
    throw new Error('expected the ARN of a queue, such as arn:aws:sqs:eu-west-1:123456789012:dead-letters')
  }
  return value
}
