import type { ServerResponse } from 'node:http'
import { Refusal, type RefusalCode } from '../delivery/refusal.ts'
import { MethodRefused } from './allowed-methods.ts'
import { recordOf } from './request-record.ts'

/** The body of every error. */
export interface Problem {
  readonly error: RefusalCode
  readonly message: string
  /** The trace id. */
  readonly context: string
}

interface Translation {
  readonly code: RefusalCode
  /** Fastify's messages repeat what was sent. */
  readonly message?: string
}

/** Fastify's own codes, translated once. Any other error is a fault of this service: 500. */
const translations: Readonly<Record<string, Translation>> = {
  FST_ERR_BAD_URL: { code: 'ERROR_INVALID_ARGUMENT', message: 'The URL is not well encoded' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'ERROR_INVALID_ARGUMENT', message: 'A part of the path is too long' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'ERROR_INVALID_ARGUMENT', message: 'The body must be application/json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'ERROR_INVALID_ARGUMENT',
    message: 'The body does not have the length that Content-Length says',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'ERROR_INVALID_ARGUMENT', message: 'The body is empty: it must be JSON' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'ERROR_INVALID_ARGUMENT', message: 'The body is not JSON' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'ERROR_CONTENT_TOO_LONG' },
}

/** The refusal that an error means. An unforeseen error keeps its message for the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { code } = error as { code?: string }
  const known = code === undefined ? undefined : translations[code]
  if (known !== undefined) return new Refusal(known.code, known.message === undefined ? {} : { message: known.message })
  const foreign = foreignRefusal(error)
  return foreign === undefined ? new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause: error }) : new Refusal(foreign)
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
    'x-content-type-options': 'nosniff',
    ...(refusal instanceof MethodRefused ? { allow: refusal.allow } : {}),
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
  recordOf(response.req).code = refusal.code
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
