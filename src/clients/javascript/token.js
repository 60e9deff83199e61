import { errorFrom, NotificationsError } from './error.js'
import { watchdog } from './waiting.js'

/** @import { Settings } from './settings.js' */
/** A requested token. `unproven`: it replaces a refused token, and has not been accepted yet. */
/** @typedef {{ token: Promise<string>, unproven: boolean }} Asked */
/** @typedef {ReturnType<typeof tokenSource>} TokenSource */

/** `getToken` is the application's function, and may wait for a network that is gone. */
const getTokenMs = 60_000

/**
 * Gets tokens from `getToken`, one call at a time even when several requests need a token: a refresh token can often be
 * used only once.
 *
 * @param {Settings} settings
 */
export function tokenSource({ getToken, stopping }) {
  /** @type {Asked | null} */
  let current = null
  let refresh = false
  /** Unless empty, every token must be for this client. */
  let owner = ''

  const request = async () => {
    const watch = watchdog(stopping.signal)
    const { signal } = watch
    watch.within(getTokenMs)
    try {
      // Called inside `then`, so that a synchronous exception rejects the promise as well.
      const token = await watch.unless(Promise.resolve({ refresh, signal }).then(getToken))
      if (!token) throw new NotificationsError('ERROR_NO_TOKEN', 'getToken returned no token', { permanent: true })
      if (owner && ownerOf(token) !== owner) {
        throw new NotificationsError('ERROR_CLIENT_CHANGED', 'The client has changed', { permanent: true })
      }
      return token
    } catch (error) {
      current = null
      throw errorFrom(error, 'ERROR_GET_TOKEN', 'getToken failed')
    } finally {
      watch.end()
    }
  }

  return {
    /** @returns {Asked} */
    current() {
      current ??= { token: request(), unproven: refresh }
      return current
    },
    /** @param {Asked} asked */
    accepted(asked) {
      refresh = asked.unproven = false
    },
    /** Notes that a token was refused. Returns whether to try another token at once. @param {Asked} asked */
    refused(asked) {
      if (current === asked) {
        current = null
        refresh = true
      }
      return !asked.unproven
    },
    /**
     * Requires all tokens from now on to be for the client of the current token. Returns that client, or '' if unknown.
     */
    async keepOwner() {
      owner = ownerOf(await this.current().token)
      return owner
    },
  }
}

/** @param {string} token */
function ownerOf(token) {
  try {
    const { iss, sub } = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    return sub ? JSON.stringify([iss, sub]) : ''
  } catch {
    return ''
  }
}
