import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Clock, Log } from '../delivery/ports.ts'
import type { Spans } from './spans.ts'

interface Needs {
  readonly version: string
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Opens tracing when the settings name a collector; resolves with null otherwise, and then nothing of it is imported. */
export async function openTracing(config: Config, { version, clock, log }: Needs): Promise<Spans | null> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === null) return null
  const { openSpans } = await import('../adapters/otlp/open-spans.ts')
  return openSpans({
    ...{ endpoint, clock, log },
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    timeoutMs: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    sampler: config.OTEL_TRACES_SAMPLER,
    samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
    resource: {
      'service.version': version,
      // Of the process: an instance that was taken for dead goes on under another id of its own.
      'service.instance.id': randomUUID(),
      ...config.OTEL_RESOURCE_ATTRIBUTES,
      'service.name': config.OTEL_SERVICE_NAME,
    },
  })
}
