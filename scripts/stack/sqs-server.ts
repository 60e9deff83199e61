import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type FauxqsServer, startFauxqs } from 'fauxqs'
import { startOnPort } from './ports.ts'

export const region = 'us-east-1'

/** How to serve. */
export interface SqsOptions {
  /** Where queues and messages outlast the server; null when they need not. */
  readonly dataDir: string | null
  /** Ports to prefer. */
  readonly wanted: readonly number[]
  /**
   * How long a receive waits at most, instead of up to 20 s: a service that stops waits for its last receive, and so does
   * everybody who waits for that. A few seconds unless told.
   */
  readonly maxReceiveSeconds?: number
}

/** An SQS API on loopback. */
export interface SqsServer extends AsyncDisposable {
  readonly port: number
  readonly endpoint: string
  /** Its queues, past the API. */
  readonly store: Pick<FauxqsServer, 'inspectQueue' | 'createQueue'>
  /** How often each operation was called, by its name. */
  readonly calls: ReadonlyMap<string, number>
  /** Refuses every call, or every call of one operation, with this code from now on; null: refuses none. */
  refuse(code: string | null, operation?: string): void
  /**
   * Closes its port and all connections; queues and messages stay. A receive that is open may still take a message with
   * it, for one visibility timeout, as on AWS.
   */
  stop(): Promise<void>
  /** Opens the same port again. */
  start(): Promise<void>
}

/** Starts an SQS API. */
export async function startSqsServer({ dataDir, wanted, maxReceiveSeconds = 3 }: SqsOptions): Promise<SqsServer> {
  return startOnPort(wanted, async (port) => {
    const calls = new Map<string, number>()
    let refusal: { readonly code: string; readonly operation: string | undefined } | null = null
    const server = createServer((request, response) => {
      const operation = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
      calls.set(operation, (calls.get(operation) ?? 0) + 1)
      if (refusal === null || (refusal.operation ?? operation) !== operation) return app.routing(request, response)
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${refusal.code}`, message: 'refused on purpose' }))
    })
    const start = async () => {
      server.listen({ port, host: '127.0.0.1', backlog: 4_096 })
      await once(server, 'listening')
    }
    const stop = async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      // A receive that somebody left waiting would hold up the closing.
      server.closeAllConnections()
      await closed
    }
    await start()
    const { fauxqs, app } = await build(port, dataDir, maxReceiveSeconds)
    return {
      port,
      endpoint: `http://127.0.0.1:${port}`,
      store: fauxqs,
      calls,
      refuse(code, operation) {
        refusal = code === null ? null : { code, operation }
      },
      start,
      stop,
      async [Symbol.asyncDispose]() {
        await stop()
        await fauxqs.stop()
      },
    }
  })
}

/**
 * fauxqs always listens, on every interface. It is a Fastify application, and Fastify announces each one it builds: that
 * one is told that it listens already, and is asked by a server of ours.
 */
async function build(port: number, dataDir: string | null, maxReceiveSeconds: number) {
  let app: FastifyInstance | undefined
  const onBuilt = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.listen = (async () => {
      await fastify.ready()
      return `http://127.0.0.1:${port}`
    }) as typeof fastify.listen
    fastify.addHook('preHandler', async ({ body }) => {
      if (asksToWait(body)) body.WaitTimeSeconds = Math.min(body.WaitTimeSeconds, maxReceiveSeconds)
    })
    app = fastify
  }
  subscribe('fastify.initialization', onBuilt)
  let starting: Promise<FauxqsServer>
  try {
    // It builds its application before it first waits, so nobody else's is caught here.
    starting = startFauxqs({
      port,
      host: 'localhost',
      defaultRegion: region,
      logger: false,
      init: {},
      ...(dataDir === null ? {} : { dataDir }),
    })
  } finally {
    unsubscribe('fastify.initialization', onBuilt)
  }
  const fauxqs = await starting
  if (!app) throw new Error('fauxqs has not announced its application')
  return { fauxqs, app }
}

function asksToWait(body: unknown): body is { WaitTimeSeconds: number } {
  return (
    typeof body === 'object' && body !== null && 'WaitTimeSeconds' in body && typeof body.WaitTimeSeconds === 'number'
  )
}
