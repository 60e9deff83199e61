import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

interface SharedFile {
  readonly url: string
  readonly type: string
  readonly bytes: Buffer
  /** Further headers of every response. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Serves the same bytes to everybody, out of one buffer: a response that its client does not read costs no memory of its
 * own.
 */
export function serveSharedFile(app: FastifyInstance, { url, type, bytes, headers = {} }: SharedFile): void {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
  app.route({
    method: ['GET', 'HEAD'],
    url,
    handler(request, reply) {
      // Cached, and validated at each use: a page gets the files of the service that it talks to.
      reply.headers({ etag, 'cache-control': 'no-cache', ...headers })
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      return reply.type(type).send(bytes)
    },
  })
}

/** Returns whether `If-None-Match` names this tag. A proxy that compresses may have made the tag weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}
