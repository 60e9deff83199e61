import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const requestHeaders = [
  'Authorization',
  'Content-Type',
  'Last-Event-ID',
  'Prefer',
  'trace-id',
  'traceparent',
  'Idempotency-Key',
]
const responseHeaders = ['Retry-After', 'Preference-Applied', 'trace-id', 'WWW-Authenticate']
/** A day. Browsers keep it for two hours at most; asking before each poll would double the requests. */
const preflightSeconds = 86_400

/** Lets pages of these origins call the API. To be called before any route is made; without origins nothing is added. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const isOpen = origins.includes('*')
  const options: FastifyCorsOptions = {
    origin: isOpen ? '*' : [...origins],
    // A browser does not send credentials to whoever lets everybody in; to say so would be an error.
    credentials: !isOpen,
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowedHeaders: requestHeaders,
    exposedHeaders: responseHeaders,
    maxAge: preflightSeconds,
    // Judged below: what is no preflight is a method like any other, and is answered in the contract's words.
    strictPreflight: false,
  }
  const withoutPreflight = { ...options, preflight: false }
  app.register(fastifyCors, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) =>
      done(null, isPreflight(request) ? options : withoutPreflight),
  })
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

const none: readonly string[] = []

/**
 * What has been put on the reply so far, as names and values: for an answer that is written without Fastify. Without
 * allowed origins that is nothing.
 */
export function headersSoFar(reply: FastifyReply): readonly string[] {
  const headers = reply.getHeaders()
  const list: string[] = []
  for (const name in headers) list.push(name, String(headers[name]))
  return list.length === 0 ? none : list
}

/**
 * Whether a page of this origin may open a WebSocket: browsers do not ask before. Pages of this very host may, and so may
 * whoever is no browser and names no origin.
 */
export function mayConnect(origins: readonly string[], origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
