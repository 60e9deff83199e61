import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import fastifyWebsocket from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { preferredWait } from '../../delivery/preferred-wait.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { mayConnect, type Pages } from '../cors.ts'
import { OriginRefused } from '../origin-refused.ts'
import { connectionOf } from './connection.ts'

const subProtocol = 'notifications.v1'
/** An acknowledgement has some 100 bytes. */
const maxFrameBytes = 4_096
/** Time for the peer's close frame; shorter than a shutdown waits for its connections. */
const closeMs = 1_000

const webSocketOptions = {
  handleProtocols: () => subProtocol,
  maxPayload: maxFrameBytes,
  closeTimeout: closeMs,
  perMessageDeflate: false,
  clientTracking: false,
  // `WebSocketStream` answers pings, within bounds.
  autoPong: false,
}

/** The constraint of routes that take upgrades to WebSockets, and no other requests. */
export const forUpgrades = { upgrade: 'websocket' } as const

/**
 * Returns whether the request is an upgrade to a WebSocket at the one path that has them. Node treats every other upgrade,
 * such as curl's to HTTP/2, as a plain request.
 */
export function isUpgrade({ method, url, headers, socket }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    /^\/notifications(\?|$)/.test(url ?? '') &&
    headers.upgrade?.toLowerCase() === forUpgrades.upgrade &&
    !isOccupied(socket)
  )
}

/** Behind a response that is still to come (pipelining) nothing can be upgraded: the socket belongs to that response. */
function isOccupied(socket: Socket & { _httpMessage?: unknown }): boolean {
  return Boolean(socket._httpMessage)
}

/** Lets routes be for upgrades only. Called before any route is made. */
export function tellUpgrades(app: FastifyInstance): void {
  app.addConstraintStrategy({
    name: 'upgrade',
    storage() {
      let route: unknown = null
      return {
        get: (kind) => (kind === forUpgrades.upgrade ? route : null) as never,
        set(_kind, store) {
          route = store
        },
      }
    },
    validate() {},
    deriveConstraint: (request) =>
      ((request as IncomingMessage & { upgrade?: boolean }).upgrade ? forUpgrades.upgrade : undefined) as never,
  })
}

/**
 * Takes note of a request that wants a WebSocket, before any hook that may refuse it. A refusal is an HTTP response, and ends
 * the connection: Node's server has let go of it, so that nothing else would read it, time it or close it.
 */
export function noteUpgrade({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (!(raw as IncomingMessage & { upgrade?: boolean }).upgrade) return
  const { socket } = raw
  connectionOf(socket).requests.upgradeAsked(reply.raw)
  reply.header('connection', 'close')
  // The response of a WebSocket that opens is never written.
  reply.raw.once('finish', () => socket.destroySoon())
}

/** Makes the routes of this context open WebSockets. */
export async function openWebSockets(scope: FastifyInstance): Promise<void> {
  const traceIds = new WeakMap<IncomingMessage, string>()
  await scope.register(fastifyWebsocket, {
    options: webSocketOptions,
    errorHandler: (_error, socket) => socket.terminate(),
    // The core has ended all of them by then, each with its own `bye`.
    preClose: (done) => done(),
  })
  scope.websocketServer.on('headers', (headers, request) => {
    headers.push(`trace-id: ${traceIds.get(request)}`, 'x-content-type-options: nosniff')
  })
  scope.addHook('onRequest', (request, _reply, done) => {
    traceIds.set(request.raw, request.id)
    done()
  })
}

/** Checks the handshake, after the token. */
export function checkHandshake(pages: Pages): onRequestHookHandler {
  return ({ headers, query }, reply, done) => {
    if (!mayConnect(pages, headers.origin, headers.host)) return done(new OriginRefused())
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim())
    if (!offered?.includes(subProtocol)) return done(refused(`The sub-protocol must be ${subProtocol}`))
    if (headers['sec-websocket-version'] !== '13') {
      reply.header('sec-websocket-version', '13')
      return done(refused('The version of the WebSocket protocol must be 13'))
    }
    const key = headers['sec-websocket-key']
    if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) return done(refused('Sec-WebSocket-Key is not a key'))
    // Behind the upgrade there is no status left to say that it is wrong.
    try {
      if ((query as { wait?: unknown }).wait === undefined) preferredWait(headers.prefer?.toString())
    } catch (error) {
      return done(error as Refusal)
    }
    done()
  }
}

function refused(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
