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
import { endpointOf } from './endpoint.ts'
import { arrivalOfResponse } from './whole-responses.ts'

/**
 * The three calls of a delivery on a shorter way through the SDK. Each is sent by `SQSClient.send`, like the command that it
 * extends, and returns and throws the same.
 *
 * For each call the SDK looks for the endpoint and the authentication anew, writes and reads every member by a schema, and
 * goes through some thirty asynchronous functions. Here the endpoint and the constant headers are found once for each
 * client, and `JSON` writes the input and reads a plain response: half the CPU time of a call, and half the memory of an
 * open receive.
 *
 * All else is the SDK's. Credentials, region and endpoint are those of the client; its signer signs and corrects the clock;
 * its middleware decides on retries; its handler speaks HTTP. Its protocol reads each response that is not plain: errors,
 * binary attributes, null members, anything but JSON.
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

/** The parts of a call that are the same for all calls of one kind by one client. */
interface Prepared {
  readonly target: ConstructorParameters<typeof HttpRequest>[0]
  readonly headers: Readonly<Record<string, string>>
  /** For the signer: region and service where the endpoint names them, else those of the client. */
  readonly signing: Readonly<Record<string, unknown>>
}

interface Attempt {
  readonly request: HttpRequest
  readonly signing: Prepared['signing']
}

function fastWay<Input extends object, Output extends MetadataBearer>(
  config: SQSClientResolvedConfig,
  operationSchema: unknown,
  retryContext: object = {},
): Way<Input, Output> {
  const [, , name] = operationSchema as StaticOperationSchema
  const signer = config.httpAuthSchemes.find(({ schemeId }) => schemeId === 'aws.auth#sigv4')?.signer
  if (signer === undefined) throw new Error('the SDK has no signer for SQS')
  const readBySchema = schemaReader<Output>(config, operationSchema)
  let prepared: Prepared | null = null

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

  const attempt = async ({ request, signing }: Attempt): Promise<{ response: HttpResponse; output: Output }> => {
    // The signer keeps its own notes in this object, from the signature to the response.
    const properties = { ...signing, config }
    const signed = await signer.sign(request, {}, properties)
    try {
      const { response } = await config.requestHandler.handle(signed as HttpRequest)
      const result = { response, output: await read(response) }
      signer.successHandler?.(response, properties)
      return result
    } catch (error) {
      throw signer.errorHandler?.(properties)(error as Error) ?? error
    }
  }

  const withRetries = retryMiddleware(config)<Output>(attempt as never, retryContext)
  return async ({ input }) => {
    prepared ??= await prepare(config, name)
    const body = JSON.stringify(input)
    const headers = { ...prepared.headers, 'content-length': String(Buffer.byteLength(body)) }
    const request = new HttpRequest({ ...prepared.target, headers, body })
    return withRetries({ input, request, signing: prepared.signing } as never)
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

async function prepare(config: SQSClientResolvedConfig, operationName: string): Promise<Prepared> {
  const endpoint = await endpointOf(config)
  const { protocol, hostname, port, host, pathname } = endpoint.url
  const scheme = endpoint.properties?.authSchemes?.[0]
  return {
    target: {
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: pathname.endsWith('/') ? pathname : `${pathname}/`,
    },
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operationName}`,
      // Asks for the error codes of the older protocol, by which the SDK names its errors.
      'x-amzn-query-mode': 'true',
      'user-agent': await userAgent(config),
    },
    signing: {
      context: { endpointV2: endpoint },
      ...(scheme === undefined ? {} : { signingRegion: scheme.signingRegion, signingName: scheme.signingName }),
    },
  }
}

/** Returns the SDK's name for itself, without the features that it counts in each call. */
async function userAgent(config: SQSClientResolvedConfig): Promise<string> {
  const appId = await config.userAgentAppId()
  const parts: (readonly (string | undefined)[])[] = [
    ...(await config.defaultUserAgentProvider()),
    ...(appId ? [['app', appId]] : []),
  ]
  return parts.map((part) => part.map((word = '') => word.replace(/[^!-~]/g, '-')).join('/')).join(' ')
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
