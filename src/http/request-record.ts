import type { IncomingMessage } from 'node:http'
import type { RefusalCode } from '../delivery/refusal.ts'
import { traceIdOf } from './trace-id.ts'

/** The facts about one request that are kept until its response has ended, and nothing that is secret. */
export interface RequestRecord {
  readonly traceId: string
  /** Monotonic milliseconds. */
  readonly beganAt: number
  /** The pattern of the route, such as `/callback/:id`; null while no route has taken the request. */
  route: string | null
  /** The name by which the requests of its route are counted; null while no route has taken the request. */
  operation: string | null
  /** The client that the token names. */
  clientId: string | null
  /** The code with which the request was refused. */
  code: RefusalCode | null
}

const key = Symbol('record')

/** Returns the record of a request, which is made at the first call, when the request has arrived. */
export function recordOf(request: IncomingMessage): RequestRecord {
  const recorded = request as IncomingMessage & { [key]?: RequestRecord }
  const known = recorded[key]
  if (known !== undefined) return known
  const record: RequestRecord = {
    traceId: traceIdOf(request),
    beganAt: performance.now(),
    route: null,
    operation: null,
    clientId: null,
    code: null,
  }
  recorded[key] = record
  return record
}
