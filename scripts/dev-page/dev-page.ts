import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Refusal } from '../../src/delivery/refusal.ts'
import { mintToken } from '../stack/issuer.ts'
import { readSigningKey } from '../stack/signing-key.ts'
import { issuerKeyFile, readStackFile } from '../stack/stack-file.ts'

/** The files of the page. The client library comes from the service. */
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
/** The names of this host in the URL of the page. */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]'])
const maxTtlSeconds = 86_400

/**
 * Makes a Fastify plugin: the page at `/`, and under `/dev/` its files, the local instances, and tokens of the local
 * issuer.
 */
export function devPage(folder: string): FastifyPluginAsync {
  const key = readSigningKey(issuerKeyFile(folder))
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
      // Read at every request, so that a reload shows a change of the page.
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
      return { token: mintToken(key, client, { ttlSeconds, ...(scope ? { scope } : {}) }) }
    })
  }
}

/** Returns a policy that allows resources of this server only, and requests to the instances of this stack only. */
function policy(origins: readonly string[]): string {
  const talksTo = [...new Set(origins.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]))]
  return `default-src 'self'; connect-src 'self' ${talksTo.join(' ')}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/**
 * Refuses other names of this host: a foreign page could make a name of its own resolve to this host (DNS rebinding).
 */
function refuseOtherNames({ headers }: FastifyRequest): void {
  if (!ownNames.has((headers.host ?? '').replace(/:\d+$/, ''))) throw new Refusal('ERROR_FORBIDDEN')
}

/** Refuses foreign pages. Programs other than browsers can read the key and sign tokens anyway. */
function refuseOtherPages(headers: IncomingHttpHeaders): void {
  if ((headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') throw new Refusal('ERROR_FORBIDDEN')
}
