import type { FastifyInstance } from 'fastify'

/** Serves the text that a collector of metrics asks for. */
export async function metrics(
  app: FastifyInstance,
  { read, contentType }: { readonly read: () => Promise<string>; readonly contentType: string },
): Promise<void> {
  app.get('/metrics', async (_request, reply) => reply.type(contentType).send(await read()))
}
