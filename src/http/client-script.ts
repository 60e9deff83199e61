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
        // Kept, and asked for again each time: a page gets the client of the service that it talks to.
        'cache-control': 'no-cache',
        // A page of another origin may import it; there is nothing in it that is anybody's.
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'x-content-type-options': 'nosniff',
      })
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      return reply.type('text/javascript; charset=utf-8').send(script)
    },
  })
}

/** Whether the one who asks has it already. What compresses on the way may have made the tag a weak one. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}
