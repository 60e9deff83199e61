import type { RouteOptions } from 'fastify'
import { type Contract, type Operation, operations } from '../contract/document.ts'

/** An operation of the contract, and its route as far as the contract tells. */
export interface ContractRoute {
  readonly operation: Operation
  readonly route: Required<Pick<RouteOptions, 'method' | 'url' | 'schema'>>
}

/** Returns the routes of the contract, in its order. Throws at an operation without a route. */
export function contractRoutes({ document, routes }: Pick<Contract, 'document' | 'routes'>): readonly ContractRoute[] {
  return [...operations(document)].map((operation) => {
    const route = routes[operation.operationId]
    if (route === undefined) throw new Error(`there is no route of operation ${operation.operationId}`)
    return { operation, route }
  })
}
