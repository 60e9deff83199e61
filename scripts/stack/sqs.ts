import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { type FauxqsServer, startFauxqs } from 'fauxqs'
import { startOnPort } from './ports.ts'

const region = 'us-east-1'
const deadLetterQueue = 'notifications-dlq'

/**
 * How long a receive waits here at most, instead of up to 20 s. A service that stops waits for its last receive, and
 * so does whoever has pressed Ctrl-C.
 */
const maxReceiveSeconds = 3

/** An SQS endpoint with a dead-letter queue. */
export interface Sqs extends AsyncDisposable {
  readonly port: number
  readonly endpoint: string
  readonly region: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
  /** What the URLs of clients' queues begin with; a dash and the client's name follow. */
  readonly clientQueueBaseUrl: string
}

/** Starts an SQS API on loopback; with a data folder its queues and messages survive a restart. */
export async function startSqs(dataDir: string | null, wanted: readonly number[]): Promise<Sqs> {
  return startOnPort(wanted, async (port) => {
    const { server, app } = await startOnLoopback(port, dataDir)
    const deadLetters = existingQueue(server) ?? server.createQueue(deadLetterQueue)
    return {
      port,
      endpoint: `http://127.0.0.1:${port}`,
      region,
      deadLetterQueueUrl: deadLetters.queueUrl,
      deadLetterQueueArn: deadLetters.queueArn,
      clientQueueBaseUrl: deadLetters.queueUrl.replace(deadLetterQueue, 'clients'),
      async [Symbol.asyncDispose]() {
        // A receive that somebody left waiting would hold up the closing for its whole 20 s.
        app.server.closeAllConnections()
        await server.stop()
      },
    }
  })
}

/** Creating a queue that exists would replace it, and lose what is in it. */
function existingQueue(server: FauxqsServer) {
  const queue = server.inspectQueue(deadLetterQueue)
  return queue && { queueUrl: queue.url, queueArn: queue.arn }
}

/**
 * fauxqs always listens on every interface and has no setting for it. It is a Fastify application, and Fastify
 * announces each one it builds: that one is made to listen on loopback only.
 */
async function startOnLoopback(port: number, dataDir: string | null) {
  let app: FastifyInstance | undefined
  const onBuilt = (message: unknown) => {
    app = (message as { fastify: FastifyInstance }).fastify
    const listen = app.listen.bind(app)
    app.listen = ((options: object) => listen({ ...options, host: '127.0.0.1' })) as typeof app.listen
    app.addHook('preHandler', async ({ body }) => {
      if (!asksToWait(body)) return
      body.WaitTimeSeconds = Math.min(body.WaitTimeSeconds, maxReceiveSeconds)
    })
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
  const server = await starting
  if (!app) throw new Error('fauxqs has not announced its application')
  return { server, app }
}

function asksToWait(body: unknown): body is { WaitTimeSeconds: number } {
  return (
    typeof body === 'object' && body !== null && 'WaitTimeSeconds' in body && typeof body.WaitTimeSeconds === 'number'
  )
}
