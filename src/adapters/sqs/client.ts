import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { boundReading } from './bounded-reading.ts'

export interface SqsClients {
  /** For ReceiveMessage and nothing else: its sockets are busy for 20 s at a time. */
  readonly receiving: SQSClient
  /** For everything else, so that a delete never waits behind a long poll. */
  readonly acting: SQSClient
  /** Closes all sockets; to be called when no call is under way. */
  close(): void
}

/** A long poll takes 20 s; a response that has not begun by then is not going to come. */
const receiveTimeoutMs = 26_000
const actTimeoutMs = 4_000
const connectTimeoutMs = 3_000
/** Sockets for sends, deletes and releases together; further calls wait for a free socket. */
const defaultActSockets = 50

/**
 * Opens the two SQS clients. Region, endpoint and credentials are found by the SDK (`AWS_REGION`, `AWS_ENDPOINT_URL_SQS`,
 * the credential chain) unless given here.
 */
export function sqsClients(options: {
  /** The maximum of receives in flight. */
  readonly receiveSockets: number
  /** The maximum of all other calls in flight; 50 by default. */
  readonly actSockets?: number
  readonly region?: string
  readonly endpoint?: string
  /** Returns the time in milliseconds by which it is noted when responses arrived; not noted when absent. */
  readonly now?: () => number
}): SqsClients {
  const shared = {
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    // The middleware of each kind of call is put together once, not at every call.
    cacheMiddleware: true,
    // Failures are logged where they are handled; without `info` the SDK does not log every call.
    logger: { debug() {}, warn() {}, error() {} } as unknown as NonNullable<SQSClientConfig['logger']>,
    // Otherwise every call would go, signed, to the host that the queue URL names.
    useQueueUrlAsEndpoint: false,
  }
  const receiving = new SQSClient({
    ...shared,
    requestHandler: handler(options.receiveSockets, receiveTimeoutMs),
    // The poller has its own back-off, and a receive that the SDK retries would hide from it that the queue is gone.
    maxAttempts: 1,
  })
  boundReading(receiving, { now: options.now })
  // One retry, for a keep-alive socket that the other side had just closed.
  const acting = new SQSClient({
    ...shared,
    requestHandler: handler(options.actSockets ?? defaultActSockets, actTimeoutMs),
    maxAttempts: 2,
  })
  return {
    receiving,
    acting,
    close() {
      receiving.destroy()
      acting.destroy()
    },
  }
}

function handler(maxSockets: number, timeoutMs: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: connectTimeoutMs,
    requestTimeout: timeoutMs,
    // Without this option the SDK prints a warning and goes on waiting.
    throwOnRequestTimeout: true,
    // `requestTimeout` ends with the headers of the response; `socketTimeout` covers a body that never comes.
    socketTimeout: timeoutMs,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  })
}
