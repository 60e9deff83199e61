import { refusalFrom } from './error.js'
import { watchdog } from './waiting.js'

/** @import { Settings } from './settings.js' */
/** @import { TokenSource } from './token.js' */
/** @import { Watchdog } from './waiting.js' */
/** @typedef {ReturnType<typeof requestsOf>} Requests */

/** Waiting longer is not worth it: a notification that is not acknowledged only comes again. */
const acknowledgeMs = 3000

/** Makes requests to the service with a token. @param {Settings} settings @param {TokenSource} token */
export function requestsOf({ url }, token) {
  /**
   * Returns the response of a request that succeeded; throws otherwise. A refused token is replaced once.
   *
   * @param {string} path @param {RequestInit} init @param {Watchdog} watch @param {number} withinMs
   */
  const send = async (path, init, { signal, unless, within }, withinMs) => {
    for (;;) {
      within(withinMs)
      const asked = token.current()
      const headers = { ...init.headers, authorization: `Bearer ${await unless(asked.token)}` }
      within(withinMs)
      // No redirects: the token must not reach another server.
      const response = await fetch(url + path, { ...init, headers, signal, cache: 'no-store', redirect: 'error' })
      if (response.ok) {
        token.accepted(asked)
        return response
      }
      const refusal = await refusalFrom(response)
      if (response.status !== 401 || !token.refused(asked)) throw refusal
    }
  }
  return {
    /**
     * Asks for notifications.
     *
     * @param {string} cursor @param {object} more of the query @param {string} accept @param {Watchdog}
     *   watch
     * @param {number} withinMs
     */
    get(cursor, more, accept, watch, withinMs) {
      const query = new URLSearchParams({ ack: 'next', ...more, ...(cursor && { cursor }) })
      return send(`?${query}`, { headers: { accept } }, watch, withinMs)
    },

    /**
     * Acknowledges, even after the client was stopped. Returns false when that failed: the notifications then come
     * again.
     *
     * @param {{ cursor: string } | { ids: readonly string[] }} body
     */
    async acknowledge(body) {
      const watch = watchdog()
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body), keepalive: true }
      try {
        await (await send('/ack', init, watch, acknowledgeMs)).text()
        return true
      } catch {
        return false
      } finally {
        watch.end()
      }
    },
  }
}
