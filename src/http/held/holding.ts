import type { WebSocket } from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HeldHandler, HeldStream, StreamHandler } from '../../contract/held.ts'
import type { Caller, Input } from '../../contract/operations.ts'
import type { Clock } from '../../delivery/ports.ts'
import { wantsEventStream } from '../accept.ts'
import { headersSoFar } from '../cors.ts'
import type { EdgeLog } from '../edge-log.ts'
import { refusalOf } from '../problems.ts'
import { connectionOf } from './connection.ts'
import { EventStream } from './event-stream.ts'
import { HeldResponse } from './held-response.ts'
import { Pulse } from './pulse.ts'
import type { StreamResponse } from './stream-response.ts'
import { WebSocketStream } from './web-socket.ts'

interface Needs {
  readonly poll: HeldHandler
  readonly stream: StreamHandler
  readonly clock: Clock
  /** Pages of these origins may read the responses. */
  readonly origins: readonly string[]
  readonly log: EdgeLog
}

/** Holds requests, and writes their responses without Fastify. */
export interface Holding {
  /** Answers once, or with server-sent events when the request accepts those. */
  answer(request: FastifyRequest, reply: FastifyReply): void
  upgraded(webSocket: WebSocket, request: FastifyRequest): void
}

const noHeaders: readonly string[] = []

export function holding({ poll, stream, clock, origins, log }: Needs): Holding {
  const pulse = new Pulse(clock)

  const holdPoll = (request: FastifyRequest, response: HeldResponse): void => {
    try {
      const held = poll(inputOf(request), callerOf(request), response)
      if (held !== null) response.hold(held)
    } catch (error) {
      response.refused(refusalOf(error))
    }
  }
  const holdStream = (request: FastifyRequest, response: StreamResponse): void => {
    let held: HeldStream
    try {
      held = stream(inputOf(request), callerOf(request), response)
    } catch (error) {
      return response.refused(refusalOf(error))
    }
    response.hold(held)
  }

  return {
    answer(request, reply) {
      reply.hijack()
      const connection = connectionOf(request.raw.socket)
      // Headers that Fastify's hooks have put on the reply would be lost: those of CORS, and no others.
      const headers = origins.length === 0 ? noHeaders : headersSoFar(reply)
      const traceId = request.id
      if (!wantsEventStream(request.raw.headers.accept)) {
        return holdPoll(request, new HeldResponse(reply.raw, connection, traceId, log, headers))
      }
      holdStream(request, new EventStream({ response: reply.raw, connection, pulse, traceId, log, headers }))
    },
    upgraded(webSocket, request) {
      const connection = connectionOf(request.raw.socket)
      connection.upgraded = true
      holdStream(request, new WebSocketStream(webSocket, connection, pulse, request.id, log))
    },
  }
}

function inputOf({ params, query, headers }: FastifyRequest): Input<'awaitNotifications'> {
  return { path: params, query, headers, body: undefined } as unknown as Input<'awaitNotifications'>
}

function callerOf({ claims, id }: FastifyRequest): Omit<Caller, 'onHangUp'> {
  if (claims === null || claims.clientId === null) throw new Error('a request is held only for a client')
  const { clientId, scopes, expiresAtMs } = claims
  return { clientId, scopes, expiresAtMs, traceId: id, trace: null }
}
