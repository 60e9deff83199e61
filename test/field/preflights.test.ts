import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'

/** The headers that libraries add to the requests of a page, by the library, with the page that says so. */
const added: Readonly<Record<string, { readonly headers: readonly string[]; readonly source: string }>> = {
  'OpenTelemetry, with W3C and baggage propagation': {
    headers: ['traceparent', 'tracestate', 'baggage'],
    source: 'https://www.w3.org/TR/baggage/',
  },
  'OpenTelemetry, with B3 propagation': {
    headers: ['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
    source: 'https://github.com/openzipkin/b3-propagation',
  },
  'OpenTelemetry, with Jaeger propagation': {
    headers: ['uber-trace-id', 'uberctx-key'],
    source: 'https://www.jaegertracing.io/sdk-migration/#propagation-format',
  },
  Sentry: {
    headers: ['sentry-trace', 'baggage', 'traceparent'],
    source: 'https://docs.sentry.io/platforms/javascript/distributed-tracing/dealing-with-cors-issues',
  },
  'Datadog RUM': {
    headers: [
      'x-datadog-origin',
      'x-datadog-parent-id',
      'x-datadog-sampling-priority',
      'x-datadog-trace-id',
      'traceparent',
      'tracestate',
      'baggage',
    ],
    source: 'https://docs.datadoghq.com/real_user_monitoring/correlate_with_other_telemetry/apm/',
  },
  'New Relic Browser': {
    headers: ['newrelic', 'traceparent', 'tracestate'],
    source: 'https://docs.newrelic.com/docs/distributed-tracing/ui-data/browser-data/',
  },
  'Elastic APM RUM': {
    headers: ['traceparent', 'elastic-apm-traceparent', 'tracestate'],
    source: 'https://www.elastic.co/docs/reference/apm/agents/rum-js/distributed-tracing',
  },
  'Dynatrace RUM': {
    headers: ['x-dtc', 'traceparent', 'tracestate'],
    source: 'https://docs.dynatrace.com/docs/shortlink/link-cross-origin-xhrs',
  },
  'Apache SkyWalking': {
    headers: ['sw8'],
    source: 'https://skywalking.apache.org/docs/main/latest/en/api/x-process-propagation-headers-v3/',
  },
  PostHog: {
    headers: ['x-posthog-distinct-id', 'x-posthog-session-id'],
    source: 'https://github.com/PostHog/posthog-js/releases/tag/posthog-js%401.380.0',
  },
  'fetch-event-source': {
    headers: ['authorization', 'last-event-id'],
    source: 'https://github.com/Azure/fetch-event-source',
  },
  'event-source-polyfill': {
    headers: ['authorization', 'cache-control', 'last-event-id', 'x-requested-with'],
    source: 'https://github.com/Yaffle/EventSource',
  },
  'pages that switch caches off': {
    headers: ['cache-control', 'pragma', 'expires', 'if-modified-since', 'if-none-match'],
    source: 'https://developer.mozilla.org/en-US/docs/Glossary/CORS-safelisted_request_header',
  },
  'HTTP clients of frameworks': {
    headers: ['x-requested-with', 'x-csrf-token', 'x-xsrf-token', 'x-request-id', 'x-correlation-id'],
    source: 'https://axios-http.com/docs/req_config',
  },
  'clients of this service': {
    headers: ['authorization', 'content-type', 'prefer', 'idempotency-key', 'webhook-id', 'trace-id', 'last-event-id'],
    source: 'api/notification-service.yaml',
  },
}

const page = 'https://app.example'

t.test('a page may send whatever the libraries in it add to a request', async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const [some, all, none] = await Promise.all([
    world.service(t, { CORS_ORIGINS: page }),
    world.service(t, { CORS_ORIGINS: '*' }),
    world.service(t),
  ])
  const preflight = (at: { url: string }, asked: string, method = 'GET', origin = page) =>
    fetch(`${at.url}/notifications`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': asked },
    })
  const allowedBy = ({ headers }: Response) =>
    headers
      .get('access-control-allow-headers')
      ?.split(', ')
      .map((name) => name.toLowerCase()) ?? []

  for (const [library, { headers, source }] of Object.entries(added)) {
    for (const at of [some, all]) {
      for (const method of ['GET', 'POST']) {
        // As browsers write it, and as a person would.
        for (const asked of [
          headers.toSorted().join(','),
          headers.map((name) => ` ${name.toUpperCase()}`).join(' ,'),
        ]) {
          const response = await preflight(at, asked, method)
          t.equal(response.status, 204)
          const allowed = allowedBy(response)
          t.same(
            headers.filter((name) => !allowed.includes(name)),
            [],
            `${library} (${source})`,
          )
          t.equal(response.headers.get('access-control-max-age'), '86400')
        }
      }
    }
  }

  const odd = await preflight(some, 'x-good, bad name, x:y, , x-good, <script>, authorization')
  t.same(
    allowedBy(odd).filter((name) => !/^[a-z-]+$/.test(name)),
    [],
    'names that are none are left out',
  )
  t.equal(allowedBy(odd).filter((name) => name === 'x-good').length, 1)
  t.equal(allowedBy(odd).filter((name) => name === 'authorization').length, 1)

  const other = await preflight(some, 'baggage', 'GET', 'https://evil.example')
  t.notOk(other.headers.get('access-control-allow-origin'), 'a page of another origin may send nothing')
  t.equal((await preflight(none, 'baggage')).status, 405, 'and where no origin is allowed there is no CORS')
})
