import type { ServerResponse } from 'node:http'
import { Refusal, type RefusalCode } from '../delivery/refusal.ts'

/** The body of every error. */
export interface Problem {
  readonly error: RefusalCode
  readonly message: string
  /** The trace id. */
  readonly context: string
}

/** The refusals for Fastify's own error codes. Any other error is a fault of the service: 500. */
const refusalFor: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_VALIDATION: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_BAD_URL: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_MAX_PARAM_LENGTH: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ERROR_INVALID_ARGUMENT',
  FST_ERR_CTP_BODY_TOO_LARGE: 'ERROR_CONTENT_TOO_LONG',
}

/** Returns the refusal for an error. The message of an unexpected error is only for the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { code, message } = error as { code?: string; message?: string }
  const known = (code === undefined ? undefined : refusalFor[code]) ?? foreignRefusal(error)
  if (known === undefined) return new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause: error })
  return new Refusal(known, known === 'ERROR_INVALID_ARGUMENT' && message !== undefined ? { message } : {})
}

/**
 * Returns the refusal for an error of a plugin with a status of 4xx, such as a path outside the folder of static files.
 */
function foreignRefusal(error: unknown): RefusalCode | undefined {
  const { statusCode } = error as { statusCode?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return statusCode === 403 || statusCode === 404 ? 'ERROR_NOT_FOUND' : 'ERROR_INVALID_ARGUMENT'
}

/** Returns the body of a refusal, without its cause. */
export function problemOf(refusal: Refusal, traceId: string): Problem {
  return { error: refusal.code, message: refusal.message, context: traceId }
}

/** Returns the headers of a refusal, in lower case. */
export function headersOf(refusal: Refusal, traceId: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'trace-id': traceId,
    ...(refusal.retryAfterSeconds === null ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
  }
}

/** Answers with a refusal on a response that Fastify has handed over. */
export function writeRefusal(
  response: ServerResponse,
  refusal: Refusal,
  traceId: string,
  /** Names and values of headers that every response to this request has. */
  headers: readonly string[] = [],
): void {
  const body = JSON.stringify(problemOf(refusal, traceId))
  for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] ?? '', headers[i + 1] ?? '')
  response.writeHead(refusal.status, {
    ...headersOf(refusal, traceId),
    // Otherwise the client would send its next request to this draining instance, over the same connection.
    ...(refusal.code === 'ERROR_DRAINING' ? { connection: 'close' } : {}),
    // Like Fastify, so that errors of all parts of the service look the same.
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
