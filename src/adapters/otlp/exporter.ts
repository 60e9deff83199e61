import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { maxWaiting } from './bounded-processor.ts'

/** The forms of OTLP over HTTP, by the values of `OTEL_EXPORTER_OTLP_PROTOCOL`. */
export type Protocol = 'http/protobuf' | 'http/json'

/** Spans in one request. */
export const maxBatch = 512

interface Needs {
  readonly url: string
  readonly protocol: Protocol
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

interface Collector {
  readonly exporter: SpanExporter
  /** Closes the connections to the collector, also those with a request under way. */
  cut(): void
}

/** Opens OpenTelemetry's exporter of spans in this form. The library of the other form is not imported. */
export async function openExporter({ url, protocol, headers, timeoutMs }: Needs): Promise<Collector> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  const agent =
    new URL(url).protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const exporter = new OTLPTraceExporter({
    ...{ url, headers: { ...headers }, timeoutMillis: timeoutMs },
    httpAgentOptions: () => agent,
    // At the end all spans that wait are sent at once.
    concurrencyLimit: maxWaiting / maxBatch,
  })
  return { exporter, cut: () => agent.destroy() }
}
