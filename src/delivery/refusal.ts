/**
 * Every refusal this service publishes: the code clients see, its status, and a sentence.
 * Codes of libraries are translated into these once, where the library is wrapped.
 */
export const refusals = {
  ERROR_INVALID_ARGUMENT: { status: 400, title: 'The request has a parameter or member that is not allowed' },
  ERROR_INVALID_JWT: { status: 401, title: 'A bearer token is required and was missing or is not a JWT' },
  ERROR_INVALID_SIGNATURE: { status: 401, title: 'The token is not signed by a key of the issuer' },
  ERROR_TOKEN_EXPIRED: { status: 401, title: 'The token has expired' },
  ERROR_TOKEN_PROCESSABLE: { status: 401, title: 'The token is signed, but what it claims is not accepted here' },
  ERROR_FORBIDDEN: { status: 403, title: 'The token does not carry the scope this needs' },
  ERROR_NOT_FOUND: { status: 404, title: 'There is nothing here' },
  ERROR_METHOD_NOT_ALLOWED: { status: 405, title: 'This method is not allowed here' },
  ERROR_REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  ERROR_GONE: { status: 410, title: 'This has expired, was revoked or is used up' },
  ERROR_CONTENT_TOO_LONG: { status: 413, title: 'The body is larger than this service takes' },
  ERROR_URI_TOO_LONG: { status: 414, title: 'The URL is longer than this service accepts' },
  ERROR_TOO_MANY_REQUESTS: { status: 429, title: 'Too many at once; try again later' },
  ERROR_HEADERS_TOO_LARGE: { status: 431, title: 'The headers are larger than this service accepts' },
  ERROR_INTERNAL_SERVER_ERROR: { status: 500, title: 'Something went wrong here; the trace id finds it in the log' },
  ERROR_NOT_IMPLEMENTED: { status: 501, title: 'This is not available in this mode' },
  ERROR_DRAINING: { status: 503, title: 'This instance is shutting down; try again, another one answers' },
  ERROR_OVERLOADED: { status: 503, title: 'This instance is overloaded; try again later' },
  ERROR_DB_UNEXPECTED_ERROR: { status: 503, title: 'The database did not answer; try again' },
  ERROR_SQS_UNEXPECTED_ERROR: { status: 503, title: 'The queue service did not answer; try again' },
  ERROR_KEYS_UNAVAILABLE: { status: 503, title: "The issuer's keys could not be fetched; try again" },
} as const

/** The message of `ERROR_DRAINING` before an instance has started. */
export const stillStarting = 'This instance is starting; try again, another one answers'

export type RefusalCode = keyof typeof refusals

/** The result of a readiness check: `ok`, or the refusal that newcomers get, with a reason for an operator. */
export type Finding = 'ok' | { readonly code: RefusalCode; readonly reason: string }

/** A request that is not served, for a reason the client is told. The cause is for the log alone. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly status: number
  /** Seconds for `Retry-After`; null where trying again does not help. */
  readonly retryAfterSeconds: number | null

  constructor(
    code: RefusalCode,
    detail: { readonly message?: string; readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    const { status, title } = refusals[code]
    super(detail.message ?? title, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.status = status
    this.retryAfterSeconds = detail.retryAfterSeconds ?? (status === 503 || status === 429 ? 1 : null)
  }
}
