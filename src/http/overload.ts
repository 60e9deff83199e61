import type { onRequestHookHandler } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'

/** Spread, so that all who were refused at once do not come back at once. */
const minRetrySeconds = 1
const maxRetrySeconds = 5

/** Returns the refusal of an instance that takes no newcomers at the moment. */
export function overloaded(): Refusal {
  const spread = maxRetrySeconds - minRetrySeconds + 1
  const retryAfterSeconds = minRetrySeconds + Math.floor(Math.random() * spread)
  return new Refusal('ERROR_OVERLOADED', { retryAfterSeconds })
}

/** Tells whether newcomers are refused at the moment, and which clients are none. */
export interface Newcomers {
  readonly areRefused: () => boolean
  readonly isHere: (clientId: string) => boolean
}

/** An `onRequest` hook of operations that an overloaded instance does not serve: it costs nothing but the refusal. */
export function refuseWhileOverloaded({ areRefused }: Newcomers): onRequestHookHandler {
  return (_request, _reply, done) => done(areRefused() ? overloaded() : undefined)
}

/** An `onRequest` hook, after the token, that an overloaded instance lets only those clients pass that it serves already. */
export function refuseNewcomers({ areRefused, isHere }: Newcomers): onRequestHookHandler {
  return ({ claims }, _reply, done) => {
    const isRefused = areRefused() && !isHere(claims?.clientId ?? '')
    done(isRefused ? overloaded() : undefined)
  }
}
