import { type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/core/protocols'
import type { HttpHandlerOptions } from '@smithy/types'
import type { Dispatcher } from 'undici'
import { type ConnectedCall, type ConnectionOptions, Connections } from './connections.ts'
import type { Arriving, ReadingBound } from './reading-bound.ts'

interface Needs {
  readonly connections: ConnectionOptions
  /** Bounds the bytes of responses that are read at once. Unlimited when absent. */
  readonly bound?: ReadingBound
  /** Returns the time in milliseconds; without it nothing is noted of when responses arrived. */
  readonly now?: (() => number) | undefined
}

/** A response that does not say its length counts for so many bytes. */
const unknownBytes = 1_048_576

/** A call that waits for a connection has none to free. */
const noConnection = () => {}

/** The time at which each response began to arrive. */
const arrivals = new WeakMap<HttpResponse, number>()

/** Returns when the response began to arrive; undefined when that was not noted. */
export function arrivalOfResponse(response: HttpResponse): number | undefined {
  return arrivals.get(response)
}

/**
 * Speaks HTTP by undici and hands over each response when it has arrived whole, its body as bytes. The handler of the SDK
 * makes a stream for each response, which costs more than the rest of a call, and an open receive keeps what it needs for it.
 *
 * A call cannot be aborted: SQS would hide the messages that it was handing to an aborted receive.
 */
export class WholeResponses implements HttpHandler {
  readonly #options: ConnectionOptions
  readonly #byOrigin = new Map<string, Connections>()
  readonly #bound: ReadingBound | null
  readonly #now: (() => number) | null

  constructor({ connections, bound, now }: Needs) {
    this.#options = connections
    this.#bound = bound ?? null
    this.#now = now ?? null
  }

  async handle(request: HttpRequest, { abortSignal }: HttpHandlerOptions = {}): Promise<{ response: HttpResponse }> {
    if (abortSignal !== undefined) throw new Error('calls of this client cannot be aborted')
    const { protocol, hostname, port, method, path, headers, body } = request
    const origin = port === undefined ? `${protocol}//${hostname}` : `${protocol}//${hostname}:${port}`
    try {
      const response = await new Promise<HttpResponse>((resolve, reject) => {
        const call = new Call(resolve, reject, this.#bound, this.#now)
        this.#connectionsTo(origin).dispatch({ path, method: method as Dispatcher.HttpMethod, headers, body }, call)
      })
      return { response }
    } catch (error) {
      throw named(error)
    }
  }

  destroy(): void {
    for (const connections of this.#byOrigin.values()) connections.destroy()
  }

  #connectionsTo(origin: string): Connections {
    let connections = this.#byOrigin.get(origin)
    if (connections === undefined) {
      connections = new Connections(origin, this.#options)
      this.#byOrigin.set(origin, connections)
    }
    return connections
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {}
  }
}

/** One call, from its request to the last byte of its response. */
class Call implements ConnectedCall, Arriving {
  free = noConnection
  bytes = unknownBytes
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: Error) => void
  readonly #bound: ReadingBound | null
  readonly #now: (() => number) | null
  #controller: Dispatcher.DispatchController | null = null
  #response: HttpResponse | null = null
  #chunks: Buffer[] = []

  constructor(
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
    bound: ReadingBound | null,
    now: (() => number) | null,
  ) {
    this.#resolve = resolve
    this.#reject = reject
    this.#bound = bound
    this.#now = now
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return
    this.#response = new HttpResponse({ statusCode, headers: joined(headers) })
    if (this.#now !== null) arrivals.set(this.#response, this.#now())
    if (this.#bound === null) return
    const length = headers['content-length']
    if (length !== undefined) this.bytes = Number(length)
    if (!this.#bound.admit(this)) controller.pause()
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const response = this.#ended()
    this.free()
    if (response === null) return
    response.body = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#resolve(response)
  }

  onResponseError(_: unknown, error: Error): void {
    this.#ended()
    this.free()
    this.#reject(error)
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Returns the response that was being read, whose bytes count no more. */
  #ended(): HttpResponse | null {
    const response = this.#response
    this.#response = null
    if (response !== null) this.#bound?.end(this)
    return response
  }
}

/** Returns the headers as the SDK expects them: a header that came several times is a list in undici. */
function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  return headers as Record<string, string>
}

/** Names the errors of undici as the SDK names them, since its retries go by these names. */
function named(error: unknown): unknown {
  switch ((error as { readonly code?: unknown }).code) {
    case 'UND_ERR_BODY_TIMEOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return Object.assign(error as Error, { name: 'TimeoutError' })
    case 'UND_ERR_SOCKET':
      return Object.assign(error as Error, { name: 'RequestTimeout' })
    default:
      return error
  }
}
