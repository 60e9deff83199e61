import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { clientScript } from '../../../src/http/client-script.ts'

const folder = new URL('../', import.meta.url)
const wakeUps = new URL('../../../src/clients/wake-ups/', import.meta.url)
/** A service worker may wake pages below its own path. */
const wakeUpFiles = { '/service-worker.js': 'service-worker.js', '/wake-ups.js': 'wake-ups.js' }
const script = 'text/javascript; charset=utf-8'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': script,
}

/** A Fastify plugin: the page at `/`, its files under `/dev/`, and the client library. */
export async function pageFiles(app: FastifyInstance): Promise<void> {
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    // Read at every request, so that a reload shows a change of the page.
    const url = name === 'index.html' ? '/' : `/dev/${name}`
    app.get(url, async (_request, reply) => reply.type(type).send(await readFile(new URL(name, folder))))
  }
  for (const [url, name] of Object.entries(wakeUpFiles)) {
    app.get(url, async (_request, reply) => reply.type(script).send(await readFile(new URL(name, wakeUps))))
  }
  await app.register(clientScript)
}
