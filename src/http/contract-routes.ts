import Fastify, { type RouteOptions } from 'fastify'
import openapiGlue from 'fastify-openapi-glue'
import { type Document, type Operation, operations } from '../contract/document.ts'

/** An operation of the contract, and its route as far as the contract tells. */
export interface ContractRoute {
  readonly operation: Operation
  readonly route: Required<Pick<RouteOptions, 'method' | 'url' | 'schema'>>
}

/**
 * Returns the routes of the contract, in its order. Throws when the contract is not valid OpenAPI.
 *
 * The glue makes them in an application that is thrown away: it checks the whole document at each registration, which
 * takes as long as everything else of a start, while our routes belong to contexts with different parsers and plugins.
 */
export async function contractRoutes(document: Document): Promise<readonly ContractRoute[]> {
  const found = new Map<string, ContractRoute['route']>()
  const reader = Fastify({ logger: false, exposeHeadRoutes: false })
  reader.setValidatorCompiler(() => () => true)
  reader.setSerializerCompiler(() => String)
  let operationId = ''
  reader.addHook('onRoute', ({ method, url, schema = {} }) => void found.set(operationId, { method, url, schema }))
  await reader.register(openapiGlue, {
    specification: document as object,
    // The glue adds method and path from the document, although its type requires them.
    operationResolver(id: string) {
      operationId = id
      return { handler() {} } as unknown as RouteOptions
    },
  })
  return [...operations(document)].map((operation) => {
    const route = found.get(operation.operationId)
    if (route === undefined) throw new Error(`the glue made no route of operation ${operation.operationId}`)
    return { operation, route }
  })
}
