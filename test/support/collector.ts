import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { listenHere } from './listen-here.ts'

/** A span as OTLP writes it in JSON. */
export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: CollectedSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[]
  }[]
}

/** A request to the collector. */
interface Received {
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Starts a collector of OpenTelemetry that takes traces in JSON, or answers every request with this status, or never. */
export async function startCollector(t: Test, answer: number | 'never' = 200) {
  const spans: CollectedSpan[] = []
  const resources: Export['resourceSpans'][number]['resource'][] = []
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    received.push({ path: request.url, headers: request.headers, body })
    if (answer === 'never') return
    if (answer === 200 && request.headers['content-type'] === 'application/json') {
      const { resourceSpans } = JSON.parse(body.toString()) as Export
      for (const { resource, scopeSpans } of resourceSpans) {
        resources.push(resource)
        for (const scope of scopeSpans) spans.push(...scope.spans)
      }
    }
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{}')
  })
  const url = await listenHere(t, server)
  return {
    url,
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    spans,
    resources,
    received,
    /** Resolves with the spans of this trace when there is one of each name. */
    async trace(traceId: string, names: readonly string[]): Promise<readonly CollectedSpan[]> {
      const found = () => spans.filter((span) => span.traceId === traceId)
      await until(() => names.every((name) => found().some((span) => span.name === name)))
      return found()
    },
  }
}
