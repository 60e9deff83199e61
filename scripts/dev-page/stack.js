/**
 * An instance: its name on this page, its state, and how its last process ended, if it did.
 *
 * @typedef {object} Instance
 * @property {string} name
 * @property {string} url
 * @property {'starting' | 'running' | 'stopping' | 'stopped'} state
 * @property {string | null} ended
 */
/**
 * The local stack.
 *
 * @typedef {object} Stack
 * @property {1 | 2} mode
 * @property {string | null} vapidPublicKey null where nobody is woken
 * @property {Instance[]} instances
 * @property {string} endpoint of SQS
 * @property {string} region
 * @property {string} intakeQueueUrl
 */

/** Returns the local stack as it is now. @returns {Promise<Stack>} */
export async function findStack() {
  return answerOf(await fetch('/dev/stack', { cache: 'no-store' }))
}

/** @typedef {ReturnType<typeof tokensOf>} Tokens */

/** Gets tokens of the local issuer. @param {string} client @param {{ ttl?: string, scope?: string }} [wanted] */
export function tokensOf(client, { ttl = '3600', scope = '' } = {}) {
  let token = ''
  let expiresAt = 0
  return {
    client,
    /** The expiry of the last token, by `Date.now`; 0 before there is one. */
    get expiresAt() {
      return expiresAt
    },
    /** Returns the last token, or a new one if it has expired or was refused. */
    async get({ refresh = false } = {}) {
      if (token && !refresh && Date.now() < expiresAt) return token
      const query = new URLSearchParams({ client, ttl, scope })
      const answer = await answerOf(await fetch(`/dev/token?${query}`, { method: 'POST' }))
      token = String(answer.token)
      expiresAt = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))).exp * 1000
      return token
    },
    /** Drops a token that has expired by the clock of the service, if not by this one. */
    forget() {
      token = ''
    },
  }
}

/**
 * Makes a request with a token, which is replaced once when it is refused.
 *
 * @param {string} url @param {Tokens} tokens
 */
export async function ask(url, tokens, /** @type {RequestInit} */ init = {}) {
  for (let refresh = false; ; refresh = true) {
    const headers = { ...init.headers, authorization: `Bearer ${await tokens.get({ refresh })}` }
    const response = await fetch(url, { ...init, headers, cache: 'no-store' })
    if (response.status !== 401 || refresh) return answerOf(response)
  }
}

/** Returns the JSON body of a success; throws a refusal. @param {Response} response */
export async function answerOf(response) {
  const body = await response.json()
  if (!response.ok) throw new Error(`${response.status} ${body.error}: ${body.message}`)
  return body
}
