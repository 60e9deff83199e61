import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Clock } from '../delivery/ports.ts'
import { Refusal } from '../delivery/refusal.ts'
import { type AccessLog, noteRoutes } from './access-log.ts'
import { AllowedMethods } from './allowed-methods.ts'
import { Bodies } from './bodies.ts'
import { parseJsonBodies } from './body-parser.ts'
import { allowOrigins } from './cors.ts'
import { type EdgeLog, logRefusal } from './edge-log.ts'
import { guardedServer } from './guarded-server.ts'
import { Connections } from './held/connections.ts'
import { noteUpgrade, tellUpgrades } from './held/upgrade.ts'
import { headersOf, problemOf, refusalOf, writeRefusal } from './problems.ts'
import { recordOf } from './request-record.ts'
import { bodyIsUnderWay, readRestOfBody } from './rest-of-body.ts'
import { wwwAuthenticate } from './tokens/www-authenticate.ts'
import { validatorCompiler } from './validation.ts'

interface AppOptions {
  readonly clock: Clock
  readonly log: EdgeLog
  readonly maxBodyBytes: number
  readonly accessLog?: AccessLog | null
  /** Pages of these origins may call the API. */
  readonly origins?: readonly string[]
  readonly keepAliveMs?: number
  /** Further connections are closed at once; without it there is no bound. */
  readonly maxConnections?: number
  /** Requests in flight on all connections, held ones included; without it there is no bound. */
  readonly maxRequestsInFlight?: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name by which requests of this route are counted. */
    readonly operation?: string
  }
  interface FastifyInstance {
    /** The connections of this application's server. */
    readonly connections: Connections
    /** The bodies that are arriving or being handled. */
    readonly bodies: Bodies
  }
}

/** Memory for bodies that have not arrived completely: many times what honest clients need at one moment. */
const maxArrivingBytes = 32 * 1_048_576
/** Memory for bodies that are being handled: with the default of `MAX_BODY_BYTES`, 256 of the largest at the same time. */
const maxHandledBytes = 64 * 1_048_576
/** A start takes a second, and many times that on an overloaded machine. */
const pluginMs = 60_000
/** A client id of 512 characters, percent-encoded. */
const maxParameterLength = 512 * 9
/** Longer than the 60 s for which balancers keep idle connections: a balancer must not reuse a connection that was just closed. */
const defaultKeepAliveMs = 75_000

/** The operation of routes without a name of their own: the pages and scripts beside the API. */
const otherOperation = 'other'

/** Makes the Fastify application, without any operation. */
export function createApp({
  clock,
  log,
  maxBodyBytes,
  accessLog = null,
  origins = [],
  keepAliveMs = defaultKeepAliveMs,
  maxConnections = Number.POSITIVE_INFINITY,
  maxRequestsInFlight = Number.POSITIVE_INFINITY,
}: AppOptions): FastifyInstance {
  const connections = new Connections({
    clock,
    keepAliveMs,
    maxRequestsInFlight,
    accessLog,
    onTooMuchUnsent: () =>
      log.warn({ code: 'unsent-bytes' }, 'clients read too little: those that read least are disconnected'),
  })
  const allowed = new AllowedMethods()
  const app = Fastify({
    // Fastify's request log would contain callback ids and queries. The log of refusals has the trace id instead.
    logger: false,
    genReqId: (request) => recordOf(request).traceId,
    bodyLimit: maxBodyBytes,
    pluginTimeout: pluginMs,
    serverFactory: (handle) =>
      guardedServer(handle, {
        connections,
        allowed,
        maxConnections,
        keepAliveMs,
        accessLog,
        onTooManyConnections: () =>
          log.warn(
            { code: 'connections', maxConnections },
            'as many connections as allowed are open: others are closed',
          ),
      }),
    // A draining instance still takes acknowledgements; the core refuses polls, with the contract's error.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: maxParameterLength },
    // The server above has its own.
    clientErrorHandler: () => {},
    frameworkErrors: (error, request, reply) => {
      // A callback id that cannot be decoded is unknown like any other; the framework's error would repeat the id.
      const refusal = request.url.startsWith('/callback/') ? new Refusal('ERROR_NOT_FOUND') : refusalOf(error)
      writeRefusal(reply.raw, refusal, request.id)
      reply.hijack()
    },
  })
  app.decorate('connections', connections)
  // Before every other hook, each of which may refuse the request.
  app.addHook('onRequest', (request, reply, done) => {
    noteUpgrade(request, reply)
    if (!request.is404) recordOf(request.raw).operation = request.routeOptions.config.operation ?? otherOperation
    done()
  })
  tellUpgrades(app)
  allowed.learnFrom(app)
  if (accessLog !== null) noteRoutes(app)
  const refusalOfUnknown = ({ raw }: FastifyRequest) => allowed.refusalFor(raw.url ?? '')
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff')
    done(null, payload)
  })
  allowOrigins(app, origins)
  // Before any body is read, and after the headers of CORS are there.
  app.after(() => {
    app.addHook('onRequest', (request, _reply, done) => done(request.is404 ? refusalOfUnknown(request) : undefined))
  })
  app.decorateRequest('claims', null)
  app.decorateRequest('neededScope', null)
  app.setValidatorCompiler(validatorCompiler())
  // The types hold replies to the contract; serialising by schema would silently drop or coerce members.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body))
  const bodies = new Bodies({ maxArrivingBytes, maxHandledBytes })
  app.decorate('bodies', bodies)
  parseJsonBodies(app, bodies)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error)
    recordOf(request.raw).code = refusal.code
    logRefusal(log, refusal, request.id)
    const challenge = wwwAuthenticate(refusal, request.neededScope === null ? {} : { scope: request.neededScope })
    if (challenge !== null) reply.header('www-authenticate', challenge)
    if (bodyIsUnderWay(request.raw)) {
      // The framework would close the connection, while the client may still be sending.
      if (reply.getHeader('connection') === 'close') reply.removeHeader('connection')
      readRestOfBody(request.raw)
    }
    reply.code(refusal.status).headers(headersOf(refusal, request.id)).type('application/json')
    return reply.send(problemOf(refusal, request.id))
  })
  app.setNotFoundHandler((request) => {
    throw refusalOfUnknown(request)
  })
  return app
}
