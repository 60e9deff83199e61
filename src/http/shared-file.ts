import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** A file as it is sent. */
export interface FileContent {
  readonly type: string
  readonly bytes: Buffer
}

interface SharedFile {
  readonly url: string
  /** Returns the file. Called at the first request, and again only after a failure. */
  readonly read: () => FileContent | Promise<FileContent>
  /** Further headers of every response. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Serves the same bytes to everybody, out of one buffer: a response that its client does not read costs no memory of its
 * own.
 */
export function serveSharedFile(app: FastifyInstance, { url, read, headers = {} }: SharedFile): void {
  let reading: Promise<FileContent & { readonly etag: string }> | null = null
  const readOnce = async () => {
    try {
      const { type, bytes } = await read()
      return { type, bytes, etag: tagOf(bytes) }
    } catch (error) {
      reading = null
      throw error
    }
  }
  app.route({
    method: ['GET', 'HEAD'],
    url,
    async handler(request, reply) {
      reading ??= readOnce()
      const { type, bytes, etag } = await reading
      // Cached, and validated at each use: a page gets the files of the service that it talks to.
      reply.headers({ etag, 'cache-control': 'no-cache', ...headers })
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      return reply.type(type).send(bytes)
    },
  })
}

function tagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url')}"`
}

/** Returns whether `If-None-Match` names this tag. A proxy that compresses may have made the tag weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}
