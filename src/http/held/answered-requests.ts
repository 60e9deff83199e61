import type { IncomingMessage } from 'node:http'
import type { RefusalCode } from '../../delivery/refusal.ts'
import { recordOf } from '../request-record.ts'

/** Methods that are counted by their names. There are as many as anybody cares to invent, so all others are one. */
const knownMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'other'] as const
export type CountedMethod = (typeof knownMethods)[number]

/** The operation of a request that reached no route: an unknown path, or a request that was refused before it was routed. */
export const unknownOperation = 'unknown'
/** The operation of bytes that never became a request. */
export const noOperation = 'unparsed'
/** The status of a request whose client left, or was disconnected, before it was answered. */
const unanswered = 'none'

/** The requests of one operation and method, by the status of their response. */
interface Answered {
  readonly operation: string
  readonly method: CountedMethod
  readonly byStatus: Map<number | typeof unanswered, number>
}

/** Counts requests when they are answered, and refusals by their code. */
export class AnsweredRequests {
  readonly refusals = new Map<RefusalCode, number>()
  readonly #byOperation = new Map<string, Map<CountedMethod, Answered>>()

  /** The response to a request has ended; the status is null when its head was never written. */
  count(request: IncomingMessage, status: number | null): void {
    const { operation, code } = recordOf(request)
    this.add(operation ?? unknownOperation, methodOf(request.method), status ?? unanswered, code)
  }

  /** Counts an answer, also one to bytes that never became a request. */
  add(operation: string, method: CountedMethod, status: number | typeof unanswered, code: RefusalCode | null): void {
    const { byStatus } = this.#of(operation, method)
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
    if (code !== null) this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }

  /** Lists what was counted. */
  *list(): Generator<Answered> {
    for (const byMethod of this.#byOperation.values()) yield* byMethod.values()
  }

  #of(operation: string, method: CountedMethod): Answered {
    let byMethod = this.#byOperation.get(operation)
    if (byMethod === undefined) {
      byMethod = new Map()
      this.#byOperation.set(operation, byMethod)
    }
    let answered = byMethod.get(method)
    if (answered === undefined) {
      answered = { operation, method, byStatus: new Map() }
      byMethod.set(method, answered)
    }
    return answered
  }
}

function methodOf(method = ''): CountedMethod {
  return knownMethods.find((known) => known === method) ?? 'other'
}
