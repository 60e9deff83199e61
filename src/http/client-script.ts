import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { joinedModules } from './joined-modules.ts'

const entry = new URL('../client/client.js', import.meta.url)

/** A Fastify plugin: the client library at `/client.js`, one ES module, for pages of any origin. */
export async function clientScript(app: FastifyInstance): Promise<void> {
  const script = joinedModules(entry)
  const etag = `"${createHash('sha256').update(script).digest('base64url')}"`
  app.route({
    method: ['GET', 'HEAD'],
    url: '/client.js',
    handler(request, reply) {
      reply.headers({
        etag,
        // Cached, and validated at each use: a page gets the client library of the service that it talks to.
        'cache-control': 'no-cache',
        // Pages of any origin may import the script; it holds nothing private.
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'x-content-type-options': 'nosniff',
      })
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      return reply.type('text/javascript; charset=utf-8').send(script)
    },
  })
}

/** Returns whether `If-None-Match` names this tag. A proxy that compresses may have made the tag weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}
