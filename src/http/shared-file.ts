import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Coding, encoded, preferredCoding } from './content-coding.ts'

/** A file as it is sent. */
export interface FileContent {
  readonly type: string
  readonly bytes: Buffer
}

interface SharedFile {
  readonly url: string
  /** Returns the file. Called at the first request, and again only after a failure. */
  readonly read: () => FileContent | Promise<FileContent>
  /** The codings in which the file is offered; when several are preferred alike, the first of them is sent. */
  readonly codings?: readonly Coding[]
  /** Further headers of every response. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The file in one coding, with its tag: each coding has its own, since its bytes are others. */
interface Representation extends FileContent {
  readonly etag: string
}

/**
 * Serves the same bytes to everybody, out of one buffer: a response that its client does not read costs no memory of its
 * own. Each coding is made once, at the first request that prefers it.
 */
export function serveSharedFile(app: FastifyInstance, { url, read, codings = [], headers = {} }: SharedFile): void {
  const representations = new Map<Coding | null, Promise<Representation>>()
  const represent = async (coding: Coding | null): Promise<Representation> => {
    if (coding === null) {
      const { type, bytes } = await read()
      return { type, bytes, etag: `"${digestOf(bytes)}"` }
    }
    const { type, bytes, etag } = await represented(null)
    return { type, bytes: await encoded(bytes, coding), etag: etag.replace(/"$/, `-${coding}"`) }
  }
  const represented = (coding: Coding | null): Promise<Representation> => {
    const known = representations.get(coding)
    if (known !== undefined) return known
    const made = represent(coding)
    representations.set(coding, made)
    made.catch(() => representations.delete(coding))
    return made
  }
  app.route({
    method: ['GET', 'HEAD'],
    url,
    async handler(request, reply) {
      const coding = preferredCoding(request.headers['accept-encoding'], codings)
      const { type, bytes, etag } = await represented(coding)
      // Cached, and validated at each use: a page gets the files of the service that it talks to.
      reply.headers({ etag, 'cache-control': 'no-cache', ...headers })
      if (codings.length > 0)
        reply.header('vary', [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', '))
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      if (coding !== null) reply.header('content-encoding', coding)
      return reply.type(type).send(bytes)
    },
  })
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

/** Returns whether `If-None-Match` names this tag. A proxy that compresses may have made the tag weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}
