import { errorFrom, NotificationsError } from './error.js'
import { watchdog } from './waiting.js'

/** @import { Settings } from './settings.js' */
/** A token that was asked for, and whether it replaces a refused one and was not accepted yet. */
/** @typedef {{ token: Promise<string>, unproven: boolean }} Asked */
/** @typedef {ReturnType<typeof tokenSource>} TokenSource */

/** `getToken` is somebody else's, and may itself wait for a network that is gone. */
const getTokenMs = 60_000

/**
 * The token, asked for once even when several requests want it: what renews it can often be used only once.
 *
 * @param {Settings} settings
 */
export function tokenSource({ getToken, stopping }) {
  /** @type {Asked | null} */
  let current = null
  let refresh = false
  /** When it is set, every token must be for the same client. */
  let owner = ''

  const ask = async () => {
    const watch = watchdog(stopping.signal)
    const { signal } = watch
    watch.within(getTokenMs)
    try {
      // `then` takes care of a getToken that throws at once.
      const token = await watch.unless(Promise.resolve({ refresh, signal }).then(getToken))
      if (!token) throw new NotificationsError('ERROR_NO_TOKEN', 'There is no token', { permanent: true })
      if (owner && ownerOf(token) !== owner) {
        throw new NotificationsError('ERROR_CLIENT_CHANGED', 'Another client', { permanent: true })
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
      current ??= { token: ask(), unproven: refresh }
      return current
    },
    /** @param {Asked} asked */
    accepted(asked) {
      refresh = asked.unproven = false
    },
    /** Answers whether it is worth while to ask for another one now. @param {Asked} asked */
    refused(asked) {
      if (current === asked) {
        current = null
        refresh = true
      }
      return !asked.unproven
    },
    /** Whom all tokens are for from now on, or nothing when the current one does not say. */
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
