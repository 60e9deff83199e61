import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { joinedModules } from './joined-modules.ts'
import { serveSharedFile } from './shared-file.ts'

const folder = new URL('../clients/javascript/', import.meta.url)

/** Pages of any origin may import the script; it holds nothing private. */
const shared = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/** A Fastify plugin: the client library at `/client.js`, one ES module, for pages of any origin, and its types. */
export async function clientScript(app: FastifyInstance): Promise<void> {
  const script = Buffer.from(joinedModules(new URL('client.js', folder)))
  const types = readFileSync(new URL('client.d.ts', folder))
  serveSharedFile(app, {
    url: '/client.js',
    read: () => ({ type: 'text/javascript; charset=utf-8', bytes: script }),
    codings: ['br', 'gzip'],
    // Deno, and editors that import from URLs, look for the types here. Relative, since a proxy may add a prefix.
    headers: { ...shared, 'x-typescript-types': './client.d.ts' },
  })
  serveSharedFile(app, {
    url: '/client.d.ts',
    read: () => ({ type: 'application/typescript; charset=utf-8', bytes: types }),
    codings: ['br', 'gzip'],
    headers: shared,
  })
}
