/** A longer `Retry-After` is a mistake, and timers accept only some 24 days. */
const maxRetryAfterMs = 3_600_000

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

/** Returns the error that a refused request answers with. @param {Response} response */
export async function refusalFrom(response) {
  const { status, headers } = response
  const body = Object(await response.json().catch(() => null))
  const { error = 'ERROR_HTTP', message = `Status ${status}`, context = headers.get('trace-id') } = body
  const after = headers.get('retry-after') ?? ''
  // Either seconds or a date; anything else becomes NaN, which counts as absent.
  const afterMs = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()
  return new NotificationsError(String(error), message, {
    status,
    context,
    permanent: status < 500 && ![401, 408, 425, 429].includes(status),
    retryAfterMs: afterMs > 0 ? Math.min(afterMs, maxRetryAfterMs) : 0,
  })
}
