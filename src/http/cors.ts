import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The request headers that the service itself understands. */
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
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: responseHeaders,
    maxAge: preflightSeconds,
    // `isPreflight` decides instead: any other OPTIONS is a method like any other, and gets the contract's 405.
    strictPreflight: false,
  }
  const withoutPreflight = { ...options, preflight: false }
  app.register(fastifyCors, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) =>
      done(null, isPreflight(request) ? { ...options, allowedHeaders: headersFor(request) } : withoutPreflight),
  })
}

/** A header name (RFC 9110, 5.1). */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * The headers that a page may send: those of the service, and whichever the page asks for. Tracing libraries, stream
 * polyfills and HTTP clients add headers of their own to every request, more of them every year, and one that is not
 * allowed fails the request. Nothing is lost by allowing them: without a browser anybody can send any header.
 */
function headersFor({ headers }: FastifyRequest): string[] {
  const allowed = new Map(requestHeaders.map((name) => [name.toLowerCase(), name]))
  for (const asked of headers['access-control-request-headers']?.split(',') ?? []) {
    const name = asked.trim()
    if (headerName.test(name) && !allowed.has(name.toLowerCase())) allowed.set(name.toLowerCase(), name)
  }
  return [...allowed.values()]
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

/** A host and perhaps a port, and nothing else that a URL may have. */
const authority = /^[^/\\?#@\s]+$/

/** The pages that may open WebSockets. */
export interface Pages {
  /** Their origins; `*` is every origin. */
  readonly origins: readonly string[]
  /** The address of this service for browsers, whose own pages may, too; null when only the request tells it. */
  readonly publicUrl: string | null
}

/**
 * Returns whether a page of this origin may open a WebSocket; browsers send no preflight before they open one. Pages of
 * the service itself may, and so may programs that are no browser and send no `Origin`.
 */
export function mayConnect(
  { origins, publicUrl }: Pages,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  // A proxy may rewrite `Host`, so it only counts where nothing else says under which name browsers know the service.
  if (publicUrl !== null) return page.origin === new URL(publicUrl).origin
  if (host === undefined || !authority.test(host)) return false
  // Proxies write default ports and capitals, which browsers leave out.
  const own = `${page.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === page.host
}
