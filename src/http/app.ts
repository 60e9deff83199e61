import type { Socket } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Contract } from '../contract/document.ts'
import { Refusal } from '../delivery/refusal.ts'
import { parseJsonBodies } from './body-parser.ts'
import { allowOrigins } from './cors.ts'
import { docs } from './docs.ts'
import { type EdgeLog, logRefusal } from './edge-log.ts'
import { rememberConnections } from './held/connection.ts'
import { isUpgrade, tellUpgrades } from './held/upgrade.ts'
import { headersOf, problemOf, refusalOf, writeRefusal } from './problems.ts'
import { bodyIsUnderWay, readRestOfBody } from './rest-of-body.ts'
import { wwwAuthenticate } from './tokens/www-authenticate.ts'
import { newTraceId, traceIdOf } from './trace-id.ts'
import { validatorCompiler } from './validation.ts'

interface AppOptions {
  readonly contract: Contract
  readonly maxBodyBytes: number
  readonly log: EdgeLog
  /** Pages of these origins may call the API. */
  readonly origins?: readonly string[]
}

/** Idle time after which TCP probes the peer. A peer that vanished is noticed some ten seconds later. */
const keepAliveProbeMs = 30_000
/** Longer than the 60 s for which balancers keep idle connections: a balancer must not reuse a connection that was just closed. */
const keepAliveMs = 75_000
/** Time for a request to arrive completely. A held request has arrived. */
const requestMs = 15_000
/** A start takes a second, and many times that on an overloaded machine. */
const pluginMs = 60_000
/** A client id of 512 characters, percent-encoded. */
const maxParameterLength = 512 * 9

/** The Fastify application, without any operation. */
export function createApp({ contract, maxBodyBytes, log, origins = [] }: AppOptions): FastifyInstance {
  const app = Fastify({
    // Fastify's request log would contain callback ids and queries. The log of refusals has the trace id instead.
    logger: false,
    genReqId: traceIdOf,
    bodyLimit: maxBodyBytes,
    pluginTimeout: pluginMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    // A request without Host is refused below, in the contract's shape; Node's own response has no body.
    http: {
      requireHostHeader: false,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeMs,
      headersTimeout: requestMs,
      shouldUpgradeCallback: isUpgrade,
    },
    // A draining instance still takes acknowledgements; the core refuses polls, with the contract's error.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: maxParameterLength },
    clientErrorHandler: refuseGarbage,
    frameworkErrors: (error, request, reply) => {
      // A callback id that cannot be decoded is unknown like any other; the framework's error would repeat the id.
      const refusal = request.url.startsWith('/callback/') ? new Refusal('ERROR_NOT_FOUND') : refusalOf(error)
      writeRefusal(reply.raw, refusal, request.id)
      reply.hijack()
    },
  })
  rememberConnections(app.server)
  tellUpgrades(app)
  // An unknown expectation may be ignored (RFC 9110, 10.1.1); Node would refuse it without a body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers, httpVersion } = request.raw
    if (headers.host !== undefined || httpVersion !== '1.1') return done()
    done(new Refusal('ERROR_INVALID_ARGUMENT', { message: 'The header Host is missing' }))
  })
  allowOrigins(app, origins)
  app.decorateRequest('claims', null)
  app.decorateRequest('neededScope', null)
  app.setValidatorCompiler(validatorCompiler())
  // The types hold replies to the contract; serialising by schema would silently drop or coerce members.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body))
  parseJsonBodies(app)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error)
    logRefusal(log, refusal, request.id)
    const challenge = wwwAuthenticate(refusal, request.neededScope === null ? {} : { scope: request.neededScope })
    if (challenge !== null) reply.header('www-authenticate', challenge)
    // After a body that was refused the framework closes the connection, while the client may still be sending.
    if (bodyIsUnderWay(request.raw) && reply.getHeader('connection') === 'close') {
      reply.removeHeader('connection')
      readRestOfBody(request.raw)
    }
    reply.code(refusal.status).headers(headersOf(refusal, request.id)).type('application/json')
    return reply.send(problemOf(refusal, request.id))
  })
  app.setNotFoundHandler(() => {
    throw new Refusal('ERROR_NOT_FOUND')
  })
  app.register(docs, contract)
  return app
}

/** Answers bytes that are not HTTP with 400 in the contract's error shape. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const traceId = newTraceId()
  const body = JSON.stringify(
    problemOf(new Refusal('ERROR_INVALID_ARGUMENT', { message: 'This is no HTTP request' }), traceId),
  )
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\ntrace-id: ${traceId}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}
