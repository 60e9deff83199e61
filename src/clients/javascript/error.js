/** A longer `Retry-After` is a mistake, and timers accept only some 24 days. */
const maxRetryAfterMs = 3_600_000
/** The statuses with which the service refuses a request that no repetition mends. */
const permanentStatuses = [400, 403, 404, 405, 410, 413, 414, 431]

export class NotificationsError extends Error {
  /** @type {number | null} */
  status = null
  /** @type {string | null} */
  context = null
  permanent = false
  retryAfterMs = 0

  /** @param {string} code @param {string} message @param {object} more */
  constructor(code, message, more) {
    super(message)
    this.name = 'NotificationsError'
    this.code = code
    Object.assign(this, more)
  }
}

/** Returns the error as a `NotificationsError`. @param {unknown} cause */
export function errorFrom(cause, code = 'ERROR_NETWORK', message = 'The service did not answer') {
  return cause instanceof NotificationsError ? cause : new NotificationsError(code, message, { cause })
}

/**
 * Returns the error that a refused request answers with. Only the service's own refusals are permanent: during a deploy a
 * balancer or an ingress answers 404 or 403 in its own form, and seconds later the service is there again.
 *
 * @param {Response} response
 */
export async function refusalFrom(response) {
  const { status, headers } = response
  const { error, message, context } = Object(await response.json().catch(() => null))
  const own = [error, message, context].every((member) => typeof member === 'string') && error.startsWith('ERROR_')
  const after = headers.get('retry-after') ?? ''
  // Either seconds or a date; anything else becomes NaN, which counts as absent.
  const afterMs = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()
  return new NotificationsError(own ? error : 'ERROR_HTTP', own ? message : `Status ${status}`, {
    status,
    context: own ? context : headers.get('trace-id'),
    permanent: own && permanentStatuses.includes(status),
    retryAfterMs: afterMs > 0 ? Math.min(afterMs, maxRetryAfterMs) : 0,
  })
}
