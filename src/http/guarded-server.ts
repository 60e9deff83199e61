import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Refusal } from '../delivery/refusal.ts'
import type { AccessLog } from './access-log.ts'
import type { AllowedMethods } from './allowed-methods.ts'
import { connectionOf } from './held/connection.ts'
import { type Connections, maxRequestMs } from './held/connections.ts'
import { isUpgrade } from './held/upgrade.ts'
import { overloaded } from './overload.ts'
import { writeRefusal } from './problems.ts'
import { faultOf } from './request-fault.ts'
import { recordOf } from './request-record.ts'
import { refuseTunnel, refuseUnparsed } from './unparsed.ts'

/** TCP probes the peer after so much silence. A peer that vanished is noticed some ten seconds later. */
export const keepAliveProbeMs = 30_000
/** Node looks for requests that are late this often. */
const checkEveryMs = 1_000
/** The request line and all headers. Tokens with many groups have some ten thousand bytes. */
const maxHeaderBytes = 16_384

interface Needs {
  readonly connections: Connections
  readonly allowed: AllowedMethods
  readonly maxConnections: number
  /** An idle connection is kept for its next request this long. */
  readonly keepAliveMs: number
  readonly accessLog: AccessLog | null
  /** Called when a connection was closed because there are as many as there may be. */
  readonly onTooManyConnections: () => void
}

/**
 * The HTTP server of an application, with bounds around every request: on connections, on requests in flight, on unsent
 * bytes, and on every state that a connection can be in. A request that passes is handled.
 */
export function guardedServer(handle: RequestListener, needs: Needs): Server {
  const { connections, allowed, maxConnections, keepAliveMs, accessLog, onTooManyConnections } = needs
  const server = createServer(
    {
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeMs,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: maxRequestMs,
      requestTimeout: maxRequestMs,
      connectionsCheckingInterval: checkEveryMs,
      maxHeaderSize: maxHeaderBytes,
      // A request without Host is refused below, in the contract's shape; Node's own response has no body.
      requireHostHeader: false,
      shouldUpgradeCallback: (request) => isUpgrade(request) && faultOf(request) === null,
    },
    (request, response) => {
      if (passes(request, response, connections)) handle(request, response)
    },
  )
  // Node would silently ignore the headers past its own bound; too many are refused instead.
  server.maxHeadersCount = 0
  server.maxConnections = maxConnections
  server.on('connection', connections.accept)
  server.on('drop', onTooManyConnections)
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket as Socket, { allowed, accessLog }))
  server.on('connect', (_request, socket) => refuseTunnel(socket as Socket, accessLog))
  // An unknown expectation may be ignored (RFC 9110, 10.1.1); Node would refuse it without a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  return server
}

/** Returns whether the request is to be handled. Otherwise it is answered here, if it is answered at all. */
function passes(request: IncomingMessage, response: ServerResponse, connections: Connections): boolean {
  const connection = connectionOf(request.socket)
  const admission = connection.admit(request, response)
  if (admission === 'ignored') return false
  const { traceId } = recordOf(request)
  const fault = admission === 'one-too-many' ? tooMany() : faultOf(request)
  if (fault !== null) {
    connection.endAfterResponses()
    writeRefusal(response, fault, traceId, ['connection', 'close'])
    return false
  }
  if (!connections.isCrowded || isEssential(request)) return true
  writeRefusal(response, overloaded(), traceId)
  return false
}

function tooMany(): Refusal {
  return new Refusal('ERROR_TOO_MANY_REQUESTS', { message: 'Too many requests of this connection are unanswered' })
}

/** Requests that go on while newcomers are refused: they free what is held, or tell how the instance is. */
function isEssential({ url = '' }: IncomingMessage): boolean {
  return /^\/(health|notifications\/ack|internal)\b/.test(url)
}
