/** Longer ones are mistakes, and timers do not take everything. */
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

/** What was thrown, in our words. @param {unknown} cause */
export function errorFrom(cause, code = 'ERROR_NETWORK', message = 'No answer of the service') {
  return cause instanceof NotificationsError ? cause : new NotificationsError(code, message, { cause })
}

/** What a refusal says. @param {Response} response */
export async function refusalFrom(response) {
  const { status, headers } = response
  const body = Object(await response.json().catch(() => null))
  const { error = 'ERROR_HTTP', message = `Status ${status}`, context = headers.get('trace-id') } = body
  const after = headers.get('retry-after') ?? ''
  // Seconds or a date; of anything else no number comes.
  const afterMs = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()
  return new NotificationsError(String(error), message, {
    status,
    context,
    permanent: status < 500 && ![401, 408, 425, 429].includes(status),
    retryAfterMs: afterMs > 0 ? Math.min(afterMs, maxRetryAfterMs) : 0,
  })
}
