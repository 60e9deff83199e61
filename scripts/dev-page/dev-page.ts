import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Refusal } from '../../src/delivery/refusal.ts'
import { mintToken } from '../stack/issuer.ts'
import { issuerKeyFile, readStackFile } from '../stack/stack-file.ts'

/** What the page consists of; the rest it gets from the service. */
const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/dev/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/dev/icon.svg': ['icon.svg', 'image/svg+xml'],
  ...Object.fromEntries(
    ['page', 'stack', 'connection', 'reconnecting', 'event-source', 'web-socket', 'state', 'feed', 'forms', 'find'].map(
      (name) => [`/dev/${name}.js`, [`${name}.js`, 'text/javascript; charset=utf-8']],
    ),
  ),
}
/** The names of this host that a browser can have come by. */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]'])
const maxTtlSeconds = 86_400

/** A Fastify plugin: the page at `/`, and under `/dev/` what it needs of the local stack, tokens of its issuer among it. */
export function devPage(folder: string): FastifyPluginAsync {
  const key: Record<string, unknown> = JSON.parse(readFileSync(issuerKeyFile(folder), 'utf8'))
  const instances = () => (readStackFile(folder)?.ports.services ?? []).map((port) => `http://127.0.0.1:${port}`)

  return async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      refuseOtherNames(request)
      reply.headers({
        'cache-control': 'no-store',
        'content-security-policy': policy([...instances(), `http://${request.headers.host}`]),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
    })
    for (const [url, [file, type]] of Object.entries(files)) {
      // Read each time: who changes the page only has to reload it.
      app.get(url, async (_request, reply) => reply.type(type).send(await readFile(new URL(file, import.meta.url))))
    }
    app.get('/dev/instances', async () => ({ instances: instances() }))
    app.post<{ Querystring: Record<string, string> }>('/dev/token', async ({ query, headers }) => {
      refuseOtherPages(headers)
      const { client = '', ttl = '3600', scope } = query
      const ttlSeconds = Number(ttl)
      if (!client || !Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > maxTtlSeconds) {
        throw new Refusal('ERROR_INVALID_ARGUMENT')
      }
      return { token: await mintToken(key, client, { ttlSeconds, ...(scope ? { scope } : {}) }) }
    })
  }
}

/** Everything comes from this server, and the page talks to the instances of this stack and to nobody else. */
function policy(origins: readonly string[]): string {
  const talksTo = [...new Set(origins.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]))]
  return `default-src 'self'; connect-src 'self' ${talksTo.join(' ')}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/** A page of somebody else can let a name of its own lead to this host, and would then be at home here. */
function refuseOtherNames({ headers }: FastifyRequest): void {
  if (!ownNames.has((headers.host ?? '').replace(/:\d+$/, ''))) throw new Refusal('ERROR_FORBIDDEN')
}

/** Tokens are for this page alone; what is no browser can make them from the key anyway. */
function refuseOtherPages(headers: IncomingHttpHeaders): void {
  if ((headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') throw new Refusal('ERROR_FORBIDDEN')
}
