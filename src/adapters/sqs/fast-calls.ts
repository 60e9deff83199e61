import { hash } from 'node:crypto'
import {
  ChangeMessageVisibilityBatchCommand,
  type ChangeMessageVisibilityBatchCommandInput,
  type ChangeMessageVisibilityBatchCommandOutput,
  DeleteMessageBatchCommand,
  type DeleteMessageBatchCommandInput,
  type DeleteMessageBatchCommandOutput,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type ReceiveMessageCommandOutput,
  type SQSClientResolvedConfig,
} from '@aws-sdk/client-sqs'
import { constructStack } from '@smithy/core/client'
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols'
import { retryMiddleware } from '@smithy/core/retry'
import { getSchemaSerdePlugin } from '@smithy/core/schema'
import { type MetadataBearer, SMITHY_CONTEXT_KEY, type StaticOperationSchema } from '@smithy/types'
import { type PreparedCall, prepareCall } from './prepared-call.ts'
import { arrivalOfResponse } from './whole-responses.ts'

/**
 * The three calls of a delivery on a shorter way through the SDK. Each is sent by `SQSClient.send`, like the command that it
 * extends, and returns and throws the same.
 *
 * For each call the SDK looks for the endpoint and the authentication anew, writes and reads every member by a schema, makes
 * an id, a token and an error in case of retries, and goes through some thirty asynchronous functions. Here the endpoint and
 * the constant headers are found once for each client, `JSON` writes the input and reads a plain response, retries begin
 * with the first failure, and a request that says the same as the last one is signed once a minute. A receive takes an
 * eighth of the CPU time, a deletion a third.
 *
 * All else is the SDK's. Credentials, region and endpoint are those of the client; its signer signs and corrects the clock;
 * its middleware decides on retries. Its protocol reads each response that is not plain: errors, binary attributes, null
 * members, anything but JSON.
 */
type Way<Input extends object, Output extends object> = (args: { input: Input }) => Promise<{
  readonly response: unknown
  readonly output: Output
}>

type Resolving<C extends { resolveMiddleware(...args: never): unknown }> = Parameters<C['resolveMiddleware']>

/** Receives up to ten messages. */
export class FastReceiveMessage extends ReceiveMessageCommand {
  override resolveMiddleware(...[stack, config, options]: Resolving<ReceiveMessageCommand>) {
    if (options !== undefined) return super.resolveMiddleware(stack, config, options)
    const receive = fastWay<ReceiveMessageCommandInput, ReceiveMessageCommandOutput>(config, this.schema, {
      __retryLongPoll: true,
    })
    return async (args: { input: ReceiveMessageCommandInput }) => {
      const result = await receive(args)
      if (config.md5 !== false) checkBodies(result.output)
      return result
    }
  }
}

/** Deletes up to ten messages. */
export class FastDeleteMessageBatch extends DeleteMessageBatchCommand {
  override resolveMiddleware(...[stack, config, options]: Resolving<DeleteMessageBatchCommand>) {
    if (options !== undefined) return super.resolveMiddleware(stack, config, options)
    return fastWay<DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput>(config, this.schema)
  }
}

/** Shows or hides up to ten messages. */
export class FastChangeMessageVisibilityBatch extends ChangeMessageVisibilityBatchCommand {
  override resolveMiddleware(...[stack, config, options]: Resolving<ChangeMessageVisibilityBatchCommand>) {
    if (options !== undefined) return super.resolveMiddleware(stack, config, options)
    return fastWay<ChangeMessageVisibilityBatchCommandInput, ChangeMessageVisibilityBatchCommandOutput>(
      config,
      this.schema,
    )
  }
}

/** The time at which the response of each output began to arrive. */
const arrivals = new WeakMap<object, number>()

/** Returns when the response began to arrive that this output was read from; undefined when that was not noted. */
export function arrivalOf(output: object): number | undefined {
  return arrivals.get(output)
}

interface Attempt {
  readonly request: HttpRequest
  /** The failure of an attempt that was already made; the SDK's retries then begin with it. */
  readonly failures: unknown[]
}

/** A signed request, and the signer's own notes on it. */
interface Signed {
  readonly request: HttpRequest
  readonly notes: Record<string, unknown>
  readonly body: unknown
  /** When it was signed, by the clock of SQS as far as it is known. */
  readonly at: number
}

/** SQS accepts a signature for five minutes; a clock that is somewhat wrong must fit in as well. */
const signatureMs = 60_000

function fastWay<Input extends object, Output extends MetadataBearer>(
  config: SQSClientResolvedConfig,
  operationSchema: unknown,
  retryContext: object = {},
): Way<Input, Output> {
  const [, , name] = operationSchema as StaticOperationSchema
  const signer = config.httpAuthSchemes.find(({ schemeId }) => schemeId === 'aws.auth#sigv4')?.signer
  if (signer === undefined) throw new Error('the SDK has no signer for SQS')
  const readBySchema = schemaReader<Output>(config, operationSchema)
  let prepared: PreparedCall | null = null
  let last: Signed | null = null

  /** Signs the request, or returns the last one again when that says the same and is fresh. */
  const sign = async (request: HttpRequest, { signing }: PreparedCall): Promise<Signed> => {
    const at = Date.now() + config.systemClockOffset
    if (last !== null && last.body === request.body && Math.abs(at - last.at) < signatureMs) return last
    const notes = { ...signing, config }
    const signed = (await signer.sign(request, {}, notes)) as HttpRequest
    last = { request: signed, notes, body: request.body, at }
    return last
  }

  const read = async (response: HttpResponse): Promise<Output> => {
    const plain = response.statusCode === 200 ? readPlain(response.body) : null
    const output =
      plain === null
        ? await readBySchema(response)
        : (Object.assign(plain, { $metadata: metadataOf(response) }) as Output)
    const arrivedAt = arrivalOfResponse(response)
    if (arrivedAt !== undefined) arrivals.set(output, arrivedAt)
    return output
  }

  const attempt = async (request: HttpRequest, fixed: PreparedCall) => {
    const signed = await sign(request, fixed)
    try {
      const { response } = await config.requestHandler.handle(signed.request)
      const result = { response, output: await read(response) }
      signer.successHandler?.(response, signed.notes)
      return result
    } catch (error) {
      // It may be the signature that was refused.
      last = null
      throw signer.errorHandler?.(signed.notes)(error as Error) ?? error
    }
  }

  const withRetries = retryMiddleware(config)<Output>(
    (async ({ request, failures }: Attempt) => {
      if (failures.length > 0) throw failures.pop()
      return attempt(request, prepared as PreparedCall)
    }) as never,
    retryContext,
  )
  return async ({ input }) => {
    prepared ??= await prepareCall(config, name)
    const request = new HttpRequest({ ...prepared.target, headers: prepared.headers, body: JSON.stringify(input) })
    const failures: unknown[] = []
    if (prepared.succeeded !== null) {
      try {
        const result = await attempt(request, prepared)
        prepared.succeeded()
        Object.assign(result.output.$metadata, { attempts: 1, totalRetryDelay: 0 })
        return result
      } catch (error) {
        failures.push(error)
      }
    }
    // They write into the headers.
    request.headers = { ...request.headers }
    return withRetries({ input, request, failures } as never)
  }
}

/** Returns the SDK's own way to read a response by the schema of its operation, or to throw the error that it is. */
function schemaReader<Output extends object>(config: SQSClientResolvedConfig, operationSchema: unknown) {
  const stack = constructStack<object, Output>()
  stack.use(getSchemaSerdePlugin(config) as never)
  stack.remove('serializerMiddleware')
  const context = { logger: config.logger, [SMITHY_CONTEXT_KEY]: { operationSchema } }
  const toRead = async ({ response }: { response?: HttpResponse }) => ({ response })
  const resolved = stack.resolve(toRead as never, context as never)
  return async (response: HttpResponse): Promise<Output> => (await resolved({ input: {}, response } as never)).output
}

/** Members that the SDK's schemas read in another way than `JSON`. In the body of a message their quotes are escaped. */
const notPlain = ['"__type"', '"BinaryValue"', '"BinaryListValues"'] as const
const nullMember = /[^\\]"\s*:\s*null/

/** Returns the members of a response that `JSON` reads as the SDK's schemas would; null when that is not certain. */
function readPlain(bytes: Buffer): object | null {
  const text = bytes.toString()
  if (notPlain.some((word) => text.includes(word)) || (text.includes('null') && nullMember.test(text))) return null
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

function metadataOf({ statusCode, headers }: HttpResponse): MetadataBearer['$metadata'] {
  const requestId = headers['x-amzn-requestid']
  return { httpStatusCode: statusCode, ...(requestId === undefined ? {} : { requestId }) }
}

/** Throws as the SDK does when a body is not the text that SQS has hashed. */
function checkBodies({ Messages = [] }: ReceiveMessageCommandOutput): void {
  const altered = Messages.filter(({ Body = '', MD5OfBody }) => hash('md5', Body) !== MD5OfBody)
  if (altered.length === 0) return
  throw new Error(`Invalid MD5 checksum on messages: ${altered.map(({ MessageId }) => MessageId).join(', ')}`)
}
