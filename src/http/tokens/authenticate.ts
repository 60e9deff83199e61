import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { Refusal } from '../../delivery/refusal.ts'
import { recordOf } from '../request-record.ts'
import { notProcessable } from './refusals.ts'
import type { Claims, VerifyToken } from './verify-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claims of the checked token; null where no token is needed. */
    claims: Claims | null
    /** The scope that the operation needs, for the challenge of a 403. */
    neededScope: string | null
  }
}

/** Returns the claims that a ticket stands for, and uses the ticket up. Rejects with a `Refusal`. */
export type RedeemTicket = (ticket: string) => Promise<Claims>

interface Ticketed {
  readonly ticket?: unknown
}

/**
 * Judges the token before anything else of the request: the first hook of every operation that needs a token. An operation
 * that needs a scope needs no client, and the other way round. With `redeem` a ticket may stand in the URL instead.
 */
export function authenticate(
  verify: VerifyToken,
  scope: string | null,
  redeem: RedeemTicket | null = null,
): onRequestHookHandler {
  return (request, _reply, done) => {
    request.neededScope = scope
    const { authorization } = request.raw.headers
    let verified: Claims | Promise<Claims>
    try {
      const ticket = redeem === null ? undefined : (request.query as Ticketed).ticket
      verified =
        redeem !== null && authorization === undefined && ticket !== undefined
          ? redeem(String(ticket))
          : verify(authorization, request.raw.rawHeaders)
    } catch (error) {
      return done(error as Error)
    }
    if (!(verified instanceof Promise)) return accept(request, verified, scope, redeem !== null, done)
    verified.then((claims) => accept(request, claims, scope, redeem !== null, done), done)
  }
}

function accept(
  request: FastifyRequest,
  claims: Claims,
  scope: string | null,
  takesTickets: boolean,
  done: (error?: Error) => void,
): void {
  request.claims = claims
  recordOf(request.raw).clientId = claims.clientId
  // It is not clear which of the two counts. The ticket is not used up.
  const { authorization } = request.raw.headers
  if (takesTickets && authorization !== undefined && (request.query as Ticketed).ticket !== undefined) {
    const message = 'There are a token and a ticket: send one of them'
    return done(new Refusal('ERROR_INVALID_ARGUMENT', { message }))
  }
  // A client may identify itself in one way only (RFC 6750, section 2), and a URL ends up in logs and histories.
  if (request.raw.url?.includes('access_token=')) {
    const message = 'A bearer token belongs in the Authorization header, never in a URL'
    return done(new Refusal('ERROR_INVALID_ARGUMENT', { message }))
  }
  if (scope === null && claims.clientId === null) {
    return done(notProcessable('The token names no client'))
  }
  if (scope !== null && !claims.scopes.has(scope)) {
    return done(new Refusal('ERROR_FORBIDDEN', { message: `The token does not carry the scope ${scope}` }))
  }
  done()
}
