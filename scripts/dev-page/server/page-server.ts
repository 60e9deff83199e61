import Fastify from 'fastify'
import { pageFiles } from './files.ts'
import { refuseForeign, sendError, setHeaders } from './requests.ts'
import { type PageNeeds, stackRoutes } from './stack-routes.ts'

/** The server of the page. It is none of the instances, so that the page outlives each of them. */
export interface PageServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** Starts the server on this port of the loopback interface. */
export async function startPageServer(port: number, needs: PageNeeds): Promise<PageServer> {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 4 * 1_048_576 })
  app.setErrorHandler((error, _request, reply) => sendError(error, reply))
  app.addHook('onRequest', async (request, reply) => {
    refuseForeign(request)
    setHeaders(
      reply,
      needs.instances().map(({ url }) => url),
    )
  })
  await app.register(pageFiles)
  await app.register(stackRoutes, needs)
  const url = await app.listen({ host: '127.0.0.1', port })
  return { url, port: Number(new URL(url).port), [Symbol.asyncDispose]: () => app.close() }
}
