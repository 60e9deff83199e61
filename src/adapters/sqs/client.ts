import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { NodeHttpHandler } from '@smithy/node-http-handler'

export interface SqsClients {
  /** For ReceiveMessage and nothing else: its sockets are busy for 20 s at a time. */
  readonly receiving: SQSClient
  /** For everything else, so that a delete never waits behind a long poll. */
  readonly acting: SQSClient
  /** Closes all sockets; to be called when no call is under way. */
  close(): void
}

/** A long poll takes 20 s; an answer that has not begun after this is not going to come. */
const receiveTimeoutMs = 26_000
const actTimeoutMs = 4_000
const connectTimeoutMs = 3_000
/** Sockets for sends, deletes and give-backs together; more calls than that wait for one. */
const defaultActSockets = 50

/**
 * The two SQS clients. Region, endpoint and credentials are the SDK's own business (`AWS_REGION`,
 * `AWS_ENDPOINT_URL_SQS`, the credential chain) unless given here.
 */
export function sqsClients(options: {
  /** How many receives may be open at once. */
  readonly receiveSockets: number
  /** For everything else: 50 unless told. */
  readonly actSockets?: number
  readonly region?: string
  readonly endpoint?: string
}): SqsClients {
  const shared = {
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    // Each kind of call is put together once, not at every call.
    cacheMiddleware: true,
    // Every failure is logged where it is dealt with; without `info` the SDK writes no line for every call.
    logger: { debug() {}, warn() {}, error() {} } as unknown as NonNullable<SQSClientConfig['logger']>,
    // Else every call goes, signed, to whatever host the queue URL names.
    useQueueUrlAsEndpoint: false,
  }
  const receiving = new SQSClient({
    ...shared,
    requestHandler: handler(options.receiveSockets, receiveTimeoutMs),
    // The poller has its own back-off, and a receive that is repeated unseen would hide from it that the queue is gone.
    maxAttempts: 1,
  })
  // One repetition, for the keep-alive socket that the other side had just closed.
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
    // Without it the SDK prints a warning and goes on waiting.
    throwOnRequestTimeout: true,
    // `requestTimeout` ends with the headers of the answer; this is for a body that never comes.
    socketTimeout: timeoutMs,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  })
}
