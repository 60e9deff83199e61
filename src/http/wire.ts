import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import type { HeldHandler, StreamHandler } from '../contract/held.ts'
import type { AnyBody, Caller, Handler, Input, JsonBody, OperationId, PublicationBody } from '../contract/operations.ts'
import type { Clock } from '../delivery/ports.ts'
import { Refusal } from '../delivery/refusal.ts'
import type { TraceContext } from '../delivery/trace-context.ts'
import {
  hideContentType,
  hideTypeOfEvent,
  ignoreTypeOfNoBody,
  isBinaryEvent,
  keepTexts,
  needBody,
  needPublication,
  noBodyIsNoMembers,
  takeAnyBodies,
  takePublications,
} from './body-parser.ts'
import type { ContractRoute } from './contract-routes.ts'
import { directWriter, type WriteReply, writeByFramework } from './direct-reply.ts'
import type { EdgeLog } from './edge-log.ts'
import { holding } from './held/holding.ts'
import { checkHandshake, forUpgrades, openWebSockets } from './held/upgrade.ts'
import { type Newcomers, refuseNewcomers, refuseWhileOverloaded } from './overload.ts'
import { authenticate, type RedeemTicket } from './tokens/authenticate.ts'
import type { VerifyToken } from './tokens/verify-token.ts'
import { traceOf as traceInHeaders } from './trace-id.ts'

/** One handler for every operation of the contract; the handler that holds requests writes their responses itself. */
export type Handlers = { readonly [Id in Exclude<OperationId, 'awaitNotifications'>]: Handler<Id> } & {
  readonly awaitNotifications: HeldHandler
}

type TraceOf = (request: IncomingMessage) => TraceContext | null

interface Wiring {
  readonly routes: readonly ContractRoute[]
  readonly handlers: Handlers
  readonly verify: VerifyToken
  /** Returns false for a text that no callback URL ends in: it is refused before its body is read. */
  readonly isCallbackId: (text: string) => boolean
  readonly newcomers: Newcomers
  /** Returns the trace that a request belongs to, for what it makes. */
  readonly traceOf?: TraceOf
  readonly log: EdgeLog
  /** The other forms of the operation that holds requests. */
  readonly streams: {
    readonly handle: StreamHandler
    readonly redeem: RedeemTicket
    readonly clock: Clock
    /** Pages of these origins may read responses and open WebSockets. */
    readonly origins: readonly string[]
    /** The address of this service for browsers; null when it is not known. */
    readonly publicUrl: string | null
  }
}

/**
 * Makes a route of every operation of the contract. A gap between the contract and the code throws here: it stops the
 * start, and never fails a request.
 */
export async function wire(
  app: FastifyInstance,
  { routes, handlers, verify, isCallbackId, newcomers, log, streams, traceOf = traceInHeaders }: Wiring,
): Promise<void> {
  const { handle: stream, redeem, ...others } = streams
  const held = holding({ poll: handlers.awaitNotifications, stream, ...others, log })
  const direct = directWriter(streams)
  /** Publications and callbacks are what comes most, beside polls. */
  const writers: Readonly<Record<BodyKind, WriteReply>> = {
    ...{ json: writeByFramework, text: writeByFramework, event: direct, bytes: direct },
  }
  const missing = new Set(Object.keys(handlers))
  const byBody: Readonly<Record<BodyKind, RouteOptions[]>> = { json: [], text: [], event: [], bytes: [] }
  const ofUpgrades: RouteOptions[] = []
  for (const { operation, route } of routes) {
    const { operationId, method, security, body } = operation
    const handle = handlers[operationId as OperationId] as HeldHandler | Handler<OperationId> | undefined
    if (!handle) throw new Error(`operation ${operationId} is in the contract but has no handler`)
    missing.delete(operationId)
    const isHeld = operationId === 'awaitNotifications'
    const kind = kindOf(operation)
    const options: RouteOptions = {
      ...route,
      config: { operation: operationId },
      handler: isHeld
        ? held.answer
        : answered({ handle: handle as Handler<OperationId>, bodyOf: readers[kind], write: writers[kind], traceOf }),
      onRequest: [
        ...(goingOn.has(operationId) ? [] : [refuseWhileOverloaded(newcomers)]),
        ...(security === null ? [] : [authenticate(verify, security.scope, security.ticket ? redeem : null)]),
        ...(isHeld ? [refuseNewcomers(newcomers)] : []),
        ...(kind === 'bytes' ? [needCallbackId(isCallbackId), hideContentType] : []),
        ...(kind === 'event' ? [hideTypeOfEvent] : []),
        // The framework reads no body of a GET.
        ...((kind === 'json' || kind === 'text') && method !== 'GET' ? [ignoreTypeOfNoBody] : []),
      ],
      ...(security === null ? { exposeHeadRoute: method === 'GET' } : {}),
      ...(body?.form === 'json' ? { preValidation: body.required ? needBody : noBodyIsNoMembers } : {}),
      ...(body?.form === 'event' ? { preValidation: needPublication, schema: withJsonBodyAlone(route.schema) } : {}),
    }
    byBody[kind].push(options)
    if (!isHeld) continue
    ofUpgrades.push({
      ...options,
      constraints: forUpgrades,
      onRequest: [authenticate(verify, null, redeem), refuseNewcomers(newcomers), checkHandshake(streams)],
      wsHandler: held.upgraded,
    })
  }
  for (const operationId of missing) {
    throw new Error(`operation ${operationId} has a handler but is not in the contract`)
  }
  for (const options of byBody.json) app.route(options)
  for (const [kind, take] of Object.entries(takers)) {
    await app.register(async (scope) => {
      take(scope, app.bodies)
      for (const options of byBody[kind as keyof typeof takers]) scope.route(options)
    })
  }
  await app.register(async (scope) => {
    await openWebSockets(scope)
    for (const options of ofUpgrades) scope.route(options)
  })
}

/** How the body of an operation is taken: as JSON, JSON with its text, JSON or a CloudEvent, or any bytes. */
type BodyKind = 'json' | 'text' | 'event' | 'bytes'

/** Operations whose JSON may carry `data`, which is passed on as it was written. */
const keepingText: ReadonlySet<string> = new Set<OperationId>(['publishNotifications'])

function kindOf({ operationId, body }: ContractRoute['operation']): BodyKind {
  return keepingText.has(operationId) ? 'text' : (body?.form ?? 'json')
}

/** Each kind of body but plain JSON needs a context of its own, with its own parsers. */
const takers = { text: keepTexts, event: takePublications, bytes: takeAnyBodies } as const

/** Leaves the forms of CloudEvents to their own readers, which say more exactly what is wrong. */
function withJsonBodyAlone(schema: ContractRoute['route']['schema']): ContractRoute['route']['schema'] {
  const { content } = schema.body as { readonly content: Readonly<Record<string, unknown>> }
  return { ...schema, body: { content: { 'application/json': content['application/json'] } } }
}

/** Operations that an overloaded instance still serves to everybody, or to clients that are here already. */
const goingOn: ReadonlySet<string> = new Set<OperationId>([
  'awaitNotifications',
  'acknowledgeNotifications',
  'getHealth',
  'getLiveness',
  'getReadiness',
])

type HealthHandlers = Pick<Handlers, 'getHealth' | 'getLiveness' | 'getReadiness'>

/** Makes routes of the health operations alone, for the port of operators. */
export function wireHealth(app: FastifyInstance, routes: readonly ContractRoute[], handlers: HealthHandlers): void {
  for (const { operation, route } of routes) {
    if (!(operation.operationId in handlers)) continue
    const handle = handlers[operation.operationId as keyof HealthHandlers] as Handler<OperationId>
    app.route({
      ...route,
      config: { operation: operation.operationId },
      exposeHeadRoute: true,
      handler: answered({ handle, bodyOf: jsonBodyOf, write: writeByFramework, traceOf: traceInHeaders }),
    })
  }
}

/** Refuses a callback whose id cannot exist, as one that does not exist. */
function needCallbackId(isCallbackId: (text: string) => boolean): onRequestHookHandler {
  return ({ params }, _reply, done) => {
    done(isCallbackId((params as { id: string }).id) ? undefined : new Refusal('ERROR_NOT_FOUND'))
  }
}

interface Answering {
  readonly handle: Handler<OperationId>
  readonly bodyOf: (request: FastifyRequest) => unknown
  readonly write: WriteReply
  readonly traceOf: TraceOf
}

/** Makes a route handler of an operation that returns a reply of the contract. */
function answered({ handle, bodyOf, write, traceOf }: Answering) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    // Only operations that do not look at the client id are reached with a token that names no client.
    const onHangUp = (listener: () => void) => {
      // The caller may have hung up while its request was being worked on.
      if (reply.raw.closed || reply.raw.destroyed) listener()
      else reply.raw.once('close', listener)
    }
    const caller = { ...request.claims, traceId: request.id, trace: traceOf(request.raw), onHangUp } as Caller
    return write(request, reply, await handle(inputOf(request, bodyOf(request)), caller))
  }
}

const jsonBodyOf = ({ body }: FastifyRequest): unknown => body

const anyBodyOf = ({ body, raw }: FastifyRequest): AnyBody => ({
  bytes: (body as Buffer | undefined) ?? new Uint8Array(),
  contentType: raw.headers['content-type'] || null,
})

const jsonTextOf = ({ body, bodyText }: FastifyRequest): JsonBody<unknown> => ({
  form: 'json',
  value: body,
  text: bodyText,
})

function publicationBodyOf(request: FastifyRequest): PublicationBody<unknown> {
  if (isBinaryEvent(request)) return { form: 'binary', ...anyBodyOf(request) }
  return typeof request.body === 'string' ? { form: 'structured', text: request.body } : jsonTextOf(request)
}

/** Make the input's body of a request. */
const readers: Readonly<Record<BodyKind, (request: FastifyRequest) => unknown>> = {
  json: jsonBodyOf,
  text: jsonTextOf,
  event: publicationBodyOf,
  bytes: anyBodyOf,
}

function inputOf<Id extends OperationId>({ params, query, headers }: FastifyRequest, body: unknown): Input<Id> {
  return { path: params, query, headers, body } as unknown as Input<Id>
}
