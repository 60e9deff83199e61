import { setTimeout as pause } from 'node:timers/promises'
import { reasonOf } from './attempts.ts'
import type { WantedCallback } from './options.ts'
import type { Tokens } from './tokens.ts'
import { systemClocks, untilOver, validMsOf } from './validity.ts'

const requestMs = 10_000
const firstPauseMs = 1_000
const maxPauseMs = 30_000

interface Needs {
  /** The address of the service. */
  readonly url: string
  readonly tokens: Tokens
  readonly wanted: WantedCallback
  readonly signal: AbortSignal
  /** Writes a line for the user. */
  readonly say: (line: string) => void
}

interface Registered {
  readonly id: string
  readonly callbackUrl: string
  readonly expiresAt: string
  /** The time for which it is valid, in milliseconds from now. */
  readonly validMs: number
}

/**
 * Registers a callback URL and prints it, and registers the next when it has expired, until the signal aborts; then deletes
 * it unless it is to be kept. Passing failures are tried again. Ends when the service has no callback URLs. Never rejects.
 */
export async function offerCallbackUrl(needs: Needs): Promise<void> {
  const { wanted, signal, say } = needs
  const clocks = systemClocks(signal)
  while (!signal.aborted) {
    const registered = await register(needs)
    if (registered === null) return
    const { id, callbackUrl, expiresAt, validMs } = registered
    say(`Callback URL: ${callbackUrl}`)
    say(`It is valid until ${expiresAt}${wanted.keep ? '' : ' or until this command ends'}.`)
    await untilOver({ validMs, askedMs: wanted.ttlSeconds * 1000 }, signal, clocks)
    if (signal.aborted && !wanted.keep) await remove(needs, id)
  }
}

/** Returns the registration; null when there is none to be had, or the signal has aborted. */
async function register({ url, tokens, wanted, signal, say }: Needs): Promise<Registered | null> {
  const { subject, correlationId, ttlSeconds } = wanted
  const body = JSON.stringify({ subject, correlationId, ttlSeconds })
  let token = await tokens.current().catch(() => null)
  let isRenewed = false
  for (let failures = 1; !signal.aborted; failures++) {
    let retryAfterMs = 0
    let reason: string
    try {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const within = AbortSignal.any([signal, AbortSignal.timeout(requestMs)])
      const response = await fetch(`${url}/registrations`, {
        ...{ method: 'POST', headers, body },
        redirect: 'error',
        signal: within,
      })
      if (response.status === 201) return registeredOf(response, await response.json())
      const refusal = Object(await response.json().catch(() => null)) as { error?: unknown; message?: unknown }
      reason = `${response.status} ${refusal.error ?? ''}: ${refusal.message ?? ''}`
      // Only the service's own refusals are for good: during a deploy a proxy may answer 404 in its place.
      if (String(refusal.error).startsWith('ERROR_') && [400, 403, 404, 405, 501].includes(response.status)) {
        say(`There is no callback URL: ${reason}`)
        return null
      }
      if (response.status === 401) {
        const refused = token
        token = await tokens.replace(refused)
        // The client reports by itself that there is no token any more.
        if (token === null) return null
        // One new token is tried at once; if that is refused as well, the next attempt waits.
        const isFirst = token !== refused && !isRenewed
        isRenewed = true
        if (isFirst) continue
      }
      retryAfterMs = Number(response.headers.get('retry-after')) * 1000 || 0
    } catch (error) {
      reason = reasonOf(error)
    }
    const ceilingMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1))
    const pauseMs = Math.min(Math.max(retryAfterMs, ceilingMs * (1 - Math.random() / 2)), 3_600_000)
    if (!signal.aborted) say(`No callback URL yet (${reason}); trying again in ${(pauseMs / 1000).toFixed(1)} s.`)
    await pause(pauseMs, null, { signal }).catch(() => {})
  }
  return null
}

/** Throws unless the body is that of a registration. */
function registeredOf(response: Response, body: unknown): Registered {
  const { id, callbackUrl, expiresAt } = Object(body) as Record<string, unknown>
  const validMs = validMsOf(String(expiresAt), response)
  if (typeof id !== 'string' || typeof callbackUrl !== 'string' || Number.isNaN(validMs)) {
    throw new Error('the answer is not from the service')
  }
  return { id, callbackUrl, expiresAt: String(expiresAt), validMs }
}

/** Deletes a registration. A failure is no matter: it ends by its time, and mode 2 cannot delete any. */
async function remove({ url, tokens }: Needs, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${await tokens.current().catch(() => null)}` }
  const target = `${url}/registrations/${encodeURIComponent(id)}`
  await fetch(target, { method: 'DELETE', headers, redirect: 'error', signal: AbortSignal.timeout(3_000) }).catch(
    () => {},
  )
}
