import type { FastifyInstance } from 'fastify'
import { Refusal, stillStarting } from '../delivery/refusal.ts'

/**
 * Refuses requests for these routes until the instance has started: it would take a poll that it cannot record, or store
 * something that nobody could be told of. Health, metrics and documentation are served from the beginning.
 */
export function refuseUntilStarted(app: FastifyInstance, routes: ReadonlySet<string>, isStarted: () => boolean): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isStarted() || !routes.has(request.routeOptions.url ?? '')) return done()
    done(new Refusal('ERROR_DRAINING', { message: stillStarting }))
  })
}

/** Returns the URL of a path template of the contract in the form of the framework. */
export function routeOf(path: string): string {
  return path.replace(/\{([^}]+)\}/g, ':$1')
}
