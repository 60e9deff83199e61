import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Contract } from '../contract/document.ts'
import { serveSharedFile } from './shared-file.ts'

type StaticOptions = Extract<NonNullable<Parameters<typeof swagger>[1]>, { mode: 'static' }>
type StaticDocument = Extract<StaticOptions['specification'], { document: unknown }>['document']

/** The page loads everything from this server and talks to no other. Swagger UI writes styles into elements. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** Files of Swagger UI that its page loads; the folder has the same scripts in other forms too. */
const staticFolder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
const staticFiles = readdirSync(staticFolder).filter(
  (name) => /\.(css|js|png|svg)$/.test(name) && !name.startsWith('oauth2'),
)
const pages = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-initializer.js']

/** A Fastify plugin: the contract as it is at `/openapi.yaml`. */
export async function openApi(app: FastifyInstance, { text }: Contract): Promise<void> {
  serveSharedFile(app, { url: '/openapi.yaml', type: 'application/yaml', bytes: Buffer.from(text) })
}

/** A Fastify plugin: a page to read and try the contract, at `/docs`. Its files are rendered once, here. */
export async function docs(app: FastifyInstance, { document }: Contract): Promise<void> {
  const renderer = Fastify()
  // Swagger's types describe OpenAPI in full; ours only the parts that this service reads.
  await renderer.register(swagger, {
    mode: 'static',
    specification: { document: document as unknown as StaticDocument },
  })
  await renderer.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Notification service' },
    // The base layout has no bar that could load another document.
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', displayRequestDuration: true },
    validatorUrl: false,
  })
  for (const url of [...pages, ...staticFiles.map((name) => `/docs/static/${name}`)]) {
    const { statusCode, headers, rawPayload: bytes } = await renderer.inject(url)
    if (statusCode !== 200) throw new Error(`${url} could not be rendered: ${statusCode}`)
    const type = String(headers['content-type'])
    serveSharedFile(app, { url, type, bytes, headers: { 'content-security-policy': contentSecurityPolicy } })
  }
  await renderer.close()
}
