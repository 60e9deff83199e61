import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Lease } from '../delivery/lease.ts'
import type { Refusal } from '../delivery/refusal.ts'
import { recordOf } from './request-record.ts'

/**
 * How a response ended: its last byte has left this process, or its connection ended first. A client that hangs up while its
 * poll is held ends that poll as `cut`, without a status.
 */
type ResponseEnd = 'complete' | 'cut'

/** Is told of the fate of every request. */
export interface AccessLog {
  /** The response to a request has ended; the status is null when its head was never written. */
  ended(request: IncomingMessage, status: number | null, end: ResponseEnd): void
  /** The response to a request is about to carry these notifications; a stream does so again and again. */
  carries?(request: IncomingMessage, leases: readonly Lease[]): void
  /** Bytes that never became a request were answered with this refusal. */
  unparsed(refusal: Refusal, traceId: string): void
}

interface Needs {
  /** `errors`: only responses with a status of 400 or more. */
  readonly which: 'off' | 'errors' | 'all'
  readonly log: { info(fields: object, sentence: string): void }
}

/** The sentence of every line. The log bounds its number in another way than those of other sentences. */
export const accessSentence = 'request ended'
const firstError = 400

/**
 * Returns the access log, which writes one line when a response has ended; null when it is off. A line has no URL, since
 * callback ids are secrets and queries may hold a ticket: the pattern of the route stands for it.
 */
export function openAccessLog({ which, log }: Needs): AccessLog | null {
  if (which === 'off') return null
  return {
    ended(request, status, end) {
      if (which === 'errors' && (status === null || status < firstError)) return
      const { traceId, beganAt, route, clientId, code } = recordOf(request)
      const ms = Math.round((performance.now() - beganAt) * 10) / 10
      log.info({ traceId, method: request.method ?? null, route, status, end, ms, clientId, code }, accessSentence)
    },
    unparsed({ code, status }, traceId) {
      const unknown = { method: null, route: null, clientId: null }
      log.info({ traceId, ...unknown, status, end: 'complete', ms: 0, code }, accessSentence)
    },
  }
}

/** Notes the pattern of its route on the record of each request. Called before any route is made. */
export function noteRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { url } = route
    const note: NonNullable<typeof route.onRequest> = (request, _reply, done) => {
      recordOf(request.raw).route = url
      done()
    }
    route.onRequest = [note, ...[route.onRequest ?? []].flat()]
  })
}
