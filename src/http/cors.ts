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

/** Lets pages of these origins call the API. Called before any route is made; without origins nothing is added. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const isOpen = origins.includes('*')
  const options: FastifyCorsOptions = {
    origin: isOpen ? '*' : [...origins],
    // Browsers reject credentials together with `*`.
    credentials: !isOpen,
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowedHeaders: requestHeaders,
    exposedHeaders: responseHeaders,
    maxAge: preflightSeconds,
    // `isPreflight` decides instead: any other OPTIONS is a method like any other, and gets the contract's 405.
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
 * Returns the headers that hooks have put on the reply so far, as names and values, for a response that is written
 * without Fastify.
 */
export function headersSoFar(reply: FastifyReply): readonly string[] {
  const headers = reply.getHeaders()
  const list: string[] = []
  for (const name in headers) list.push(name, String(headers[name]))
  return list.length === 0 ? none : list
}

/**
 * Returns whether a page of this origin may open a WebSocket; browsers send no preflight before they open one. Pages of
 * this very host may, and so may programs that are no browser and send no `Origin`.
 */
export function mayConnect(origins: readonly string[], origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
