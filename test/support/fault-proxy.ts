import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** One call that passes a proxy: an HTTP request, or a statement and its answer. */
export interface Call {
  /** The operation, the request line, or the beginning of the statement. */
  readonly name: string
  readonly body: string
}

/**
 * The fault of a call. `error`: it is refused before it has any effect. `hang`: it never has an effect and is never
 * answered. `crash`: it has its effect, and then the connection is reset instead of the answer. `late`: it has its effect,
 * and is answered after `lateMs`. `twice`: it has its effect twice, and is answered once; a database does no such thing.
 */
export type Fault = 'error' | 'hang' | 'crash' | 'late' | 'twice'

/** Longer than the leases of the tests that let an answer be late, and shorter than callers wait. */
export const lateMs = 2_500

/** Decides about each call, in the order in which they begin; null lets it pass. */
export type Judge = (call: Call) => Fault | null

/** A proxy on loopback. */
export interface FaultProxy {
  readonly port: number
  /** Resets the connections of the calls that hang. */
  release(): void
  close(): Promise<void>
}

interface HttpProxyOptions {
  /** Asked at every call: a service that takes a free port says it late. */
  readonly targetPort: () => number
  readonly judge: Judge
  /** How an error looks: the API's own 500, or a connection that is reset. */
  readonly refuse: 'answer' | 'reset'
  /** Changes what is passed on, such as how long a receive may wait. */
  readonly rewrite?: (call: Call) => string
}

/** A proxy that understands HTTP: one request is one call. */
export async function httpFaultProxy({ targetPort, judge, refuse, rewrite }: HttpProxyOptions): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  const hanging = new Set<IncomingMessage>()
  const server = createServer(async (incoming, outgoing) => {
    const call = await readCall(incoming).catch(() => null)
    if (call === null || outgoing.destroyed) return
    const fault = judge(call)
    if (fault === 'hang') return void hanging.add(incoming)
    if (fault === 'error') return refuse === 'answer' ? answerError(outgoing) : reset(incoming)
    const body = rewrite?.(call) ?? call.body
    const exchange = { incoming, outgoing, body, targetPort: targetPort(), agent }
    if (fault === 'twice') await passUnanswered(exchange)
    forward({ ...exchange, fault })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    release() {
      for (const incoming of hanging) reset(incoming)
      hanging.clear()
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

async function readCall(incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const operation = incoming.headers['x-amz-target']
  const name =
    typeof operation === 'string' ? operation.replace('AmazonSQS.', '') : `${incoming.method} ${incoming.url}`
  return { name, body: Buffer.concat(chunks).toString() }
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly body: string
  readonly targetPort: number
  readonly agent: Agent
}

function pass({ incoming, body, targetPort, agent }: Exchange) {
  const { connection: _, 'content-length': __, ...headers } = incoming.headers
  const { method, url: path } = incoming
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
  return request({
    ...{ host: '127.0.0.1', port: targetPort, method, path, agent },
    headers: { ...headers, ...length },
  })
}

/** Resolves when the call has had its effect, or has failed. */
function passUnanswered(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const upstream = pass(exchange)
    upstream.on('close', resolve)
    upstream.on('error', () => {})
    upstream.on('response', (response) => response.resume().on('error', () => {}))
    exchange.outgoing.once('close', () => upstream.destroy())
    upstream.end(exchange.body)
  })
}

function forward({ fault, ...exchange }: Exchange & { readonly fault: Fault | null }): void {
  const { incoming, outgoing, body } = exchange
  const upstream = pass(exchange)
  // The caller has gone: the other side must learn that, as it would without the proxy.
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) upstream.destroy()
  })
  upstream.on('error', () => reset(incoming))
  upstream.on('response', async (response) => {
    if (fault === 'late') await pause(lateMs)
    if (fault === 'crash') {
      // Both sides of the connection break, and not in good order.
      response.socket.resetAndDestroy()
      return reset(incoming)
    }
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(outgoing)
    response.on('error', () => reset(incoming))
  })
  upstream.end(body)
}

function answerError(outgoing: ServerResponse): void {
  outgoing.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' })
  outgoing.end('{"__type":"com.amazonaws.sqs#InternalFailure","message":"out of order"}')
}

function reset(incoming: IncomingMessage): void {
  incoming.socket.resetAndDestroy()
}
