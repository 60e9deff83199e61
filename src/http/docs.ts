import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { Contract } from '../contract/document.ts'

type StaticOptions = Extract<NonNullable<Parameters<typeof swagger>[1]>, { mode: 'static' }>
type StaticDocument = Extract<StaticOptions['specification'], { document: unknown }>['document']

/** The page loads everything from this server and talks to no other. Swagger UI writes styles into elements. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** A Fastify plugin: the contract as it is at `/openapi.yaml`, and a page to read and try it at `/docs`. */
export async function docs(app: FastifyInstance, { document, text }: Contract): Promise<void> {
  app.get('/openapi.yaml', (_request, reply) => reply.type('application/yaml').send(text))

  // Swagger's types describe OpenAPI in full; ours only the parts that this service reads.
  await app.register(swagger, {
    mode: 'static',
    specification: { document: document as unknown as StaticDocument },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    theme: { title: 'Notification service' },
    // The base layout has no bar that could load another document.
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', displayRequestDuration: true },
    validatorUrl: false,
  })
}
