import Fastify, { type RouteOptions } from 'fastify'
import openapiGlue from 'fastify-openapi-glue'
import type { Document, GeneratedRoute } from '../../src/contract/document.ts'

/** Parts of a route's schema that describe it, or its responses. Nothing reads them when a request is served. */
const unread: ReadonlySet<string> = new Set(['tags', 'summary', 'description', 'operationId', 'response'])

/**
 * Returns the route of each operation, by its `operationId`, as fastify-openapi-glue makes it of the document: with
 * every reference of its schemas resolved. Throws, and prints what is wrong, when the document is not valid OpenAPI.
 */
export async function routesOf(document: Document): Promise<Record<string, GeneratedRoute>> {
  const found: Record<string, GeneratedRoute> = {}
  const reader = Fastify({ logger: false, exposeHeadRoutes: false })
  reader.setValidatorCompiler(() => () => true)
  reader.setSerializerCompiler(() => String)
  let operationId = ''
  reader.addHook('onRoute', ({ method, url, schema = {} }) => {
    const read = Object.entries(schema).filter(([part]) => !unread.has(part))
    found[operationId] = { method: String(method), url, schema: Object.fromEntries(read) }
  })
  await reader.register(openapiGlue, {
    specification: document as object,
    // The glue adds method and path from the document, although its type requires them.
    operationResolver(id: string) {
      operationId = id
      return { handler() {} } as unknown as RouteOptions
    },
  })
  return found
}
