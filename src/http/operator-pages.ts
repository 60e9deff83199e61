import type { FastifyInstance } from 'fastify'
import type { Contract } from '../contract/document.ts'
import { docs, openApi } from './docs.ts'

interface Pages {
  readonly contract: Contract
  readonly docs: 'on' | 'off'
  /** Returns what a collector of metrics asks for. */
  readonly readMetrics: () => Promise<string>
  readonly metricsType: string
}

/** A Fastify plugin: the pages that are for operators and developers alone, `/metrics` and `/docs`. */
export async function operatorPages(app: FastifyInstance, pages: Pages): Promise<void> {
  if (pages.docs === 'on') {
    await app.register(openApi, pages.contract)
    await app.register(docs, pages.contract)
  }
  let reading: Promise<Buffer> | null = null
  // Requests that come together share one reading, and one buffer.
  const read = () => {
    reading ??= pages
      .readMetrics()
      .then(Buffer.from)
      .finally(() => {
        reading = null
      })
    return reading
  }
  app.get('/metrics', { exposeHeadRoute: true, config: { operation: 'metrics' } }, async (_request, reply) =>
    reply.type(pages.metricsType).send(await read()),
  )
}
