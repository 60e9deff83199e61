import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { UndiciHttpHandler } from '@smithy/undici-http-handler'
import type { ConnectionOptions } from './connections.ts'
import { endpointOf } from './endpoint.ts'
import { ReadingBound } from './reading-bound.ts'
import { Sha256 } from './sha256.ts'
import { WholeResponses } from './whole-responses.ts'

export interface SqsClients {
  /** For ReceiveMessage and nothing else: its sockets are busy for 20 s at a time. */
  readonly receiving: SQSClient
  /** For calls without a deadline of their own, so that a delete never waits behind a long poll. */
  readonly acting: SQSClient
  /**
   * For calls with an `abortSignal`. A call with options makes the SDK forget the middleware that it has put together for
   * all commands of a client, and the next call puts it together again.
   */
  readonly bounded: SQSClient
  /** Closes all sockets; to be called when no call is under way. */
  close(): void
}

/** A long poll takes 20 s; a response that has not begun by then is not going to come. */
const receiveTimeoutMs = 26_000
const actTimeoutMs = 4_000
const connectTimeoutMs = 3_000
/** Deletes of a quiet instance are seconds apart, and a new connection costs it more than a call. */
const idleMs = 20_000
/** Sockets for sends, deletes and releases together; further calls wait for a free socket. */
const defaultActSockets = 50

/**
 * Opens the SQS clients. Region, endpoint and credentials are found by the SDK (`AWS_REGION`, `AWS_ENDPOINT_URL_SQS`,
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
    sha256: Sha256,
  }
  const toReceive = connections(options.receiveSockets, receiveTimeoutMs)
  const toAct = connections(options.actSockets ?? defaultActSockets, actTimeoutMs)
  const clients = {
    receiving: new SQSClient({
      ...shared,
      requestHandler: new WholeResponses({ connections: toReceive, bound: new ReadingBound(), now: options.now }),
      // The poller has its own back-off, and a receive that the SDK retries would hide from it that the queue is gone.
      maxAttempts: 1,
    }),
    // One retry, for a keep-alive socket that the other side had just closed.
    acting: new SQSClient({
      ...shared,
      requestHandler: new WholeResponses({ connections: toAct }),
      maxAttempts: 2,
    }),
    bounded: new SQSClient({
      ...shared,
      requestHandler: abortable(toAct),
      maxAttempts: 2,
    }),
  }
  const all = Object.values(clients)
  for (const client of all) spareWork(client)
  return {
    ...clients,
    close() {
      for (const client of all) client.destroy()
    },
  }
}

/** Keeps a client from work that the SDK does for each call although its result is always the same. */
function spareWork({ config }: SQSClient): void {
  const makeSigner = config.signer
  let signer: ReturnType<typeof makeSigner> | null = null
  // It asks for credentials at each signature, so it may live as long as the client.
  config.signer = (scheme) => {
    signer ??= makeSigner(scheme).catch((error) => {
      signer = null
      throw error
    })
    return signer
  }
  // TLS already finds altered bytes; without it the SDK's checksums of bodies stay.
  endpointOf(config).then(
    ({ url }) => {
      if (url.protocol === 'https:') config.md5 = false
    },
    // The calls fail for the same reason, and say so.
    () => {},
  )
}

function connections(maxSockets: number, timeoutMs: number): ConnectionOptions {
  return {
    maxSockets,
    connectTimeout: connectTimeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: idleMs,
  }
}

/** The handler of the SDK, for calls that are aborted at their deadline. */
function abortable({ maxSockets, connectTimeout, ...timeouts }: ConnectionOptions): UndiciHttpHandler {
  const connect = { timeout: connectTimeout }
  return new UndiciHttpHandler({ dispatcher: { ...timeouts, connections: maxSockets, pipelining: 1, connect } })
}
