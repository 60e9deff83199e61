import type { FastifyInstance } from 'fastify'
import { joinedModules } from './joined-modules.ts'
import { serveSharedFile } from './shared-file.ts'

const entry = new URL('../clients/javascript/client.js', import.meta.url)

/** A Fastify plugin: the client library at `/client.js`, one ES module, for pages of any origin. */
export async function clientScript(app: FastifyInstance): Promise<void> {
  const bytes = Buffer.from(joinedModules(entry))
  serveSharedFile(app, {
    url: '/client.js',
    read: () => ({ type: 'text/javascript; charset=utf-8', bytes }),
    // Pages of any origin may import the script; it holds nothing private.
    headers: { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' },
  })
}
