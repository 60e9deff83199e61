import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Contract, Document } from '../contract/document.ts'
import { type FileContent, serveSharedFile } from './shared-file.ts'

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
/** The paths of the page and its files. */
const files = [...pages, ...staticFiles.map((name) => `/docs/static/${name}`)]

/** A Fastify plugin: the contract as it is at `/openapi.yaml`. */
export async function openApi(app: FastifyInstance, { text }: Pick<Contract, 'text'>): Promise<void> {
  const bytes = Buffer.from(text)
  serveSharedFile(app, { url: '/openapi.yaml', read: () => ({ type: 'application/yaml', bytes }) })
}

/** A Fastify plugin: a page to read and try the contract, at `/docs`. Its files are rendered once, when one is asked for. */
export async function docs(app: FastifyInstance, { document }: Pick<Contract, 'document'>): Promise<void> {
  let rendering: Promise<ReadonlyMap<string, FileContent>> | null = null
  const fileAt = async (url: string): Promise<FileContent> => {
    rendering ??= rendered(document).catch((error: unknown) => {
      rendering = null
      throw error
    })
    const file = (await rendering).get(url)
    if (file === undefined) throw new Error(`${url} was not rendered`)
    return file
  }
  for (const url of files) {
    serveSharedFile(app, {
      url,
      read: () => fileAt(url),
      headers: { 'content-security-policy': contentSecurityPolicy },
    })
  }
}

/**
 * Renders the files of the page, by their paths. Rejects when one of them cannot be rendered. Swagger is loaded
 * here, since most instances are never asked for the page.
 */
async function rendered(document: Document): Promise<ReadonlyMap<string, FileContent>> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ])
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
  const found = new Map<string, FileContent>()
  for (const url of files) {
    const { statusCode, headers, rawPayload: bytes } = await renderer.inject(url)
    if (statusCode !== 200) throw new Error(`${url} could not be rendered: ${statusCode}`)
    found.set(url, { type: String(headers['content-type']), bytes })
  }
  await renderer.close()
  return found
}
