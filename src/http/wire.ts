import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify'
import openapiGlue from 'fastify-openapi-glue'
import { type Document, operations } from '../contract/document.ts'
import type { HeldHandler } from '../contract/held.ts'
import type { Handler, Input, OperationId } from '../contract/operations.ts'
import { Refusal } from '../delivery/refusal.ts'
import { authenticate } from './authenticate.ts'
import { connectionOf } from './connection.ts'
import type { EdgeLog } from './edge-log.ts'
import { HeldResponse } from './held-response.ts'
import { refusalOf } from './problems.ts'
import type { Claims, VerifyToken } from './verify-token.ts'

/** One handler for every operation of the contract; the one that holds requests answers them itself. */
export type Handlers = { readonly [Id in Exclude<OperationId, 'awaitNotifications'>]: Handler<Id> } & {
  readonly awaitNotifications: HeldHandler
}

type Route = Pick<RouteOptions, 'handler' | 'onRequest' | 'exposeHeadRoute'>

interface Wiring {
  readonly document: Document
  readonly handlers: Handlers
  readonly verify: VerifyToken
  readonly log: EdgeLog
}

/**
 * Makes a route of every operation of the contract. A gap between the contract and the code is found here, so that it
 * stops the start and never a request.
 */
export async function wire(app: FastifyInstance, { document, handlers, verify, log }: Wiring): Promise<void> {
  const routes = new Map<string, Route>()
  const methods = new Map<string, string[]>()
  for (const { operationId, method, path, security } of operations(document)) {
    const handle = handlers[operationId as OperationId] as HeldHandler | Handler<OperationId> | undefined
    if (!handle) throw new Error(`operation ${operationId} is in the contract but has no handler`)
    routes.set(operationId, {
      handler:
        operationId === 'awaitNotifications'
          ? held(handle as HeldHandler, log)
          : answered(handle as Handler<OperationId>),
      ...(security === null
        ? { exposeHeadRoute: method === 'GET' }
        : { onRequest: authenticate(verify, security.scope) }),
    })
    const head = security === null && method === 'GET' ? ['HEAD'] : []
    methods.set(path, [...(methods.get(path) ?? []), method, ...head])
  }
  for (const operationId of Object.keys(handlers)) {
    if (!routes.has(operationId)) throw new Error(`operation ${operationId} has a handler but is not in the contract`)
  }
  await app.register(openapiGlue, {
    specification: structuredClone(document) as object,
    // Method and path come from the document: the glue adds them, and its type asks for them all the same.
    operationResolver: (operationId: string) => routes.get(operationId) as RouteOptions,
  })
  for (const [path, allowed] of methods) refuseOtherMethods(app, path, allowed)
}

interface AnyReply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An operation that answers with a reply of the contract. */
function answered(handle: Handler<OperationId>) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = { ...(request.claims as Claims), traceId: request.id }
    const { status, body, headers }: AnyReply = await handle(inputOf(request), caller)
    reply.code(status).headers({ 'cache-control': 'no-store', 'trace-id': request.id, ...headers })
    return body === undefined ? reply.send() : reply.type('application/json').send(body)
  }
}

/** The operation that holds its request: from here on Fastify has nothing to do with the response. */
function held(handle: HeldHandler, log: EdgeLog) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack()
    const response = new HeldResponse(reply.raw, connectionOf(request.raw.socket), request.id, log)
    const caller = request.claims
    try {
      if (caller === null) throw new Error('a request is held only for a client')
      const poll = handle(inputOf<'awaitNotifications'>(request), { ...caller, traceId: request.id }, response)
      if (poll !== null) response.hold(poll)
    } catch (error) {
      response.refused(refusalOf(error))
    }
  }
}

function inputOf<Id extends OperationId>(request: FastifyRequest): Input<Id> {
  const { params, query, headers, body } = request
  return { path: params, query, headers, body } as unknown as Input<Id>
}

const known: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

/** A path that exists answers a method that it does not have with 405 and the ones it has (RFC 9110, 15.5.6). */
function refuseOtherMethods(app: FastifyInstance, path: string, allowed: readonly string[]): void {
  app.route({
    method: known.filter((method) => !allowed.includes(method)) as HTTPMethods[],
    url: path.replace(/\{([^}]+)\}/g, ':$1'),
    // Before any body is read.
    onRequest: async (_request, reply) => {
      reply.header('allow', allowed.join(', '))
      throw new Refusal('ERROR_METHOD_NOT_ALLOWED')
    },
    handler: () => {},
  })
}
