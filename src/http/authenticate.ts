import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'
import type { Claims, VerifyToken } from './verify-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the checked token says; null where none is needed. */
    claims: Claims | null
    /** The scope that the operation needs, for the challenge of a 403. */
    neededScope: string | null
  }
}

/** Looks at the token before anything else of the request: the first hook of every operation that needs one. */
export function authenticate(verify: VerifyToken, scope: string | null): onRequestHookHandler {
  return (request, _reply, done) => {
    request.neededScope = scope
    let verified: Claims | Promise<Claims>
    try {
      verified = verify(request.raw.headers.authorization, request.raw.rawHeaders)
    } catch (error) {
      return done(error as Error)
    }
    if (!(verified instanceof Promise)) return accept(request, verified, scope, done)
    verified.then((claims) => accept(request, claims, scope, done), done)
  }
}

function accept(request: FastifyRequest, claims: Claims, scope: string | null, done: (error?: Error) => void): void {
  request.claims = claims
  // Two ways of saying who one is are one too many (RFC 6750, section 2), and a URL ends up in logs and histories.
  if (request.raw.url?.includes('access_token=')) {
    const message = 'A bearer token belongs in the Authorization header, never in a URL'
    return done(new Refusal('ERROR_INVALID_ARGUMENT', { message }))
  }
  if (scope !== null && !claims.scopes.has(scope)) {
    return done(new Refusal('ERROR_FORBIDDEN', { message: `The token does not carry the scope ${scope}` }))
  }
  done()
}
