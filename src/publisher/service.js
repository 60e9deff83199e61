import { PublishError, Retryable } from './error.js'

/** @typedef {import('./message.js').Sendable} Sendable */
/** @typedef {{ online: boolean, mode: number, instanceId: string | null, queueUrl: string | null }} Session */

/** Longer than the service waits for its database. */
const deadlineMs = 10_000

/**
 * Calls the two operations of the service that a publisher needs.
 * @param {{ serviceUrl: string, getToken: () => string | Promise<string> }} options
 */
export function service({ serviceUrl, getToken }) {
  const base = serviceUrl.replace(/\/+$/, '')

  /**
   * @param {string} path
   * @param {number} wanted
   * @param {{ method: string, body: string, headers: Record<string, string> } | undefined} [request]
   * @returns {Promise<any>}
   */
  async function ask(path, wanted, request) {
    const authorization = `Bearer ${await getToken()}`
    const { status, headers, text } = await fetch(base + path, {
      ...request,
      headers: { authorization, ...request?.headers },
      // No redirects: the token must not reach another server.
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    }).then(
      async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() }),
      (cause) => {
        throw new Retryable(`the service at ${base} does not answer`, { cause })
      },
    )
    if (status === wanted) return JSON.parse(text)
    const message = `the service answered ${status}: ${text.slice(0, 500)}`
    if (status !== 429 && status < 500) throw new PublishError(message, { status })
    throw new Retryable(message, { status, afterMs: 1_000 * (Number(headers.get('retry-after')) || 0) })
  }

  return {
    /** @param {string} clientId @returns {Promise<Session>} The client's session. Needs the scope `sessions:read`. */
    lookUp: (clientId) => ask(`/sessions/${encodeURIComponent(clientId)}`, 200),

    /**
     * Stores a publication at the service. Needs the scope `notifications:publish`.
     * @param {Sendable} publication
     * @returns {Promise<{ id: string, status: string, duplicate: boolean }>}
     */
    store({ sentAt: _, body, trace, ...rest }) {
      if (typeof body !== 'string') throw new TypeError('the service stores only text, and this body is not UTF-8')
      const headers = { 'content-type': 'application/json', ...trace }
      return ask('/notifications', 202, { method: 'POST', body: JSON.stringify({ ...rest, body }), headers })
    },
  }
}
