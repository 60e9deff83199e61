import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Clock, Log } from '../delivery/ports.ts'
import { type Tracing, untraced } from './tracing.ts'

interface Needs {
  readonly version: string
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Opens tracing when the settings name a collector. Otherwise nothing of it is imported. */
export async function openTracing(config: Config, { version, clock, log }: Needs): Promise<Tracing> {
  const url = collectorOf(config)
  if (url === null) return untraced
  const [{ openSpans }, { traced }] = await Promise.all([
    import('../adapters/otlp/open-spans.ts'),
    import('./traced.ts'),
  ])
  const spans = await openSpans({
    ...{ url, clock, log },
    protocol: config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: config.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    timeoutMs: config.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? config.OTEL_EXPORTER_OTLP_TIMEOUT,
    sampler: config.OTEL_TRACES_SAMPLER,
    samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
    resource: {
      'service.version': version,
      // Of the process: an instance that was taken for dead goes on under another id of its own.
      'service.instance.id': randomUUID(),
      ...config.OTEL_RESOURCE_ATTRIBUTES,
      'service.name': config.OTEL_SERVICE_NAME ?? config.OTEL_RESOURCE_ATTRIBUTES?.['service.name'] ?? defaultName,
    },
  })
  return traced(spans)
}

const defaultName = 'notification-service'

/** Returns the URL that takes traces, null for none: that of traces as it is, or a path below that of all signals. */
function collectorOf(config: Config): string | null {
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none') return null
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ofTraces } = config
  if (ofTraces !== null || endpoint === null) return ofTraces
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`
}
