import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'

const refused = (message: string): Refusal => new Refusal('ERROR_INVALID_ARGUMENT', { message })

/**
 * Takes bodies as JSON in UTF-8 and as nothing else: a body in another encoding that happens to parse would mean
 * something that its sender did not say.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) return done(refused('The body must be JSON in UTF-8'))
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') return done(refused('The body must not be compressed'))
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body as Buffer)
    } catch {
      return done(refused('The body must be JSON in UTF-8'))
    }
    return parseJson(request, text, done)
  })
  // Every other content type, and a body without one. An unknown path is answered with 404 all the same.
  app.addContentTypeParser('*', (request, _payload, done) =>
    done(request.is404 ? null : refused('The body must be application/json')),
  )
}

/** Takes bodies as bytes, without parsing them, in this context and its children. */
export function takeAnyBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/**
 * An `onRequest` hook that hides the content type from the framework, which would refuse a malformed one. The raw request
 * still has it.
 */
export const hideContentType: onRequestHookHandler = (request, _reply, done) => {
  request.headers = { 'content-type': undefined }
  done()
}
