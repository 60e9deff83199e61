import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { openSpans } from '../../src/adapters/otlp/open-spans.ts'
import { isSampled, type SamplerName } from '../../src/adapters/otlp/sampler.ts'
import { LogBook } from '../support/log-book.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[]
  }[]
}

/** A collector of OpenTelemetry that takes traces as JSON, or answers every request with this status. */
async function startCollector(t: Test, status = 200) {
  const spans: Span[] = []
  const resources: Export['resourceSpans'][number]['resource'][] = []
  let requests = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    requests += 1
    if (status === 200 && request.url === '/v1/traces') {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as Export
      for (const { resource, scopeSpans } of resourceSpans) {
        resources.push(resource)
        for (const scope of scopeSpans) spans.push(...scope.spans)
      }
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
  return {
    settings,
    resources,
    requests: () => requests,
    /** Resolves with the spans of this trace when there is one of each name. */
    async trace(traceId: string, names: readonly string[]): Promise<readonly Span[]> {
      const found = () => spans.filter((span) => span.traceId === traceId)
      await until(() => names.every((name) => found().some((span) => span.name === name)))
      return found()
    },
    all: () => spans,
  }
}

const parentId = '00f067aa0ba902b7'
const traceparentOf = (traceId: string, flags = '01') => `00-${traceId}-${parentId}-${flags}`
const acts = ['hand over notification', 'acknowledge notification']

t.test('one trace has a notification from its publisher to the acknowledgement of its client', async (t) => {
  const world = withInstancesHere(await startWorld(t))
  const collector = await startCollector(t)
  const { callbackPath, call, publish } = tasks(world)
  const intake = await world.sqs.createQueue('intake')
  const more = { ...collector.settings, SQS_INTAKE_QUEUE_URL: intake.url }
  const service = await world.peer(t, more)
  const other = await world.peer(t, more)

  t.test('that was published over HTTP', async (t) => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const answer = await publish(service, { addressee: 'alice' }, { traceparent: traceparentOf(traceId) })
    t.equal(answer.headers.get('trace-id'), traceId, 'the trace id of the answer is that of the trace')
    const { cursor, notifications } = await world.next(service, 'alice', 'wait=20&ack=next')
    await world.acknowledge(service, 'alice', { cursor })
    const names = ['POST /notifications', 'store notification', 'relay notification', ...acts]
    const spans = await collector.trace(traceId, names)
    t.same(spans.map(({ name }) => name).sort(), [...names].sort())
    const request = spans.find(({ name }) => name === 'POST /notifications')
    t.equal(request?.parentSpanId, parentId, 'it goes on from the publisher')
    for (const { name, parentSpanId, attributes, startTimeUnixNano, endTimeUnixNano } of spans) {
      t.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name)
      if (name === 'POST /notifications') continue
      t.equal(parentSpanId, request?.spanId, name)
      if (!acts.includes(name)) continue
      const id = attributes.find(({ key }) => key === 'messaging.message.id')
      t.equal(id?.value.stringValue, notifications[0]?.id)
    }
    t.match(collector.resources[0]?.attributes, [{ key: String }])
    const resource = new Map(collector.resources[0]?.attributes.map(({ key, value }) => [key, value.stringValue]))
    t.equal(resource.get('service.name'), 'notification-service')
  })

  t.test('that was called back while its client is at another instance', async (t) => {
    const traceId = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
    const path = await callbackPath(service, 'bob')
    const poll = world.next(other, 'bob', 'wait=20')
    await until(async () => (await world.health(other)).heldPolls === 1)
    await call(service, path, 'done', { traceparent: traceparentOf(traceId) })
    await poll
    const spans = await collector.trace(traceId, ['POST /callback/:id', 'relay notification', ...acts])
    t.notMatch(JSON.stringify(spans), path.slice('/callback/'.length), 'the callback id is in no span')
  })

  t.test('that came by the queue of an instance, or by the intake queue', async (t) => {
    for (const [traceId, queueUrl] of [
      ['bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', await world.queueBefore(service, 'carol')],
      ['cccccccccccccccccccccccccccccccc', intake.url],
    ] as const) {
      await world.send(queueUrl, 'carol', `by ${traceId}`, { traceparent: traceparentOf(traceId) })
      await world.next(service, 'carol')
      const spans = await collector.trace(traceId, acts)
      for (const name of acts)
        t.ok(
          spans.some((span) => span.name === name && span.parentSpanId === parentId),
          name,
        )
    }
  })

  t.test('that its publisher does not sample is in no trace', async (t) => {
    const traceId = 'dddddddddddddddddddddddddddddddd'
    const answer = await publish(service, { addressee: 'alice' }, { traceparent: traceparentOf(traceId, '00') })
    t.equal(answer.status, 202)
    await world.next(service, 'alice')
    const last = 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
    await publish(service, { addressee: 'alice' }, { traceparent: traceparentOf(last) })
    await collector.trace(last, ['POST /notifications'])
    t.same(await collector.trace(traceId, []), [])
  })

  t.test('no span has a token, a ticket, a query or a body', async (t) => {
    await world.poll(service, 'alice', 'wait=0&cursor=secret-cursor')
    await until(() => collector.all().some(({ name }) => name === 'GET /notifications'))
    t.notMatch(JSON.stringify(collector.all()), /secret-cursor|Bearer|ticket=|hello/)
  })
})

t.test('a collector that fails, or is away, harms no delivery and no shutdown', async (t) => {
  const world = withInstancesHere(await startWorld(t))
  const collector = await startCollector(t, 400)
  const { publish } = tasks(world)
  const service = await world.service(t, collector.settings)
  await publish(service, { addressee: 'alice' }, { traceparent: traceparentOf('1'.repeat(32)) })
  t.equal((await world.next(service, 'alice')).notifications.length, 1)
  await until(() => collector.requests() > 0)
  const line = await service.said(
    'traces could not be exported and are dropped; look at OTEL_EXPORTER_OTLP_ENDPOINT and at the collector there',
  )
  t.equal(line.level, 40)
})

t.test('a sampler keeps all spans of a trace or none, and follows the sender where its name says so', async (t) => {
  const kept = (name: SamplerName, parentSampled: boolean | null, ratio = 1, traceId = 'a'.repeat(32)) =>
    isSampled(name, { ratio, traceId, parentSampled })
  for (const parent of [true, false, null]) {
    t.equal(kept('always_on', parent), true)
    t.equal(kept('always_off', parent), false)
    t.equal(kept('parentbased_always_on', parent), parent ?? true)
    t.equal(kept('parentbased_always_off', parent), parent ?? false)
    t.equal(kept('parentbased_traceidratio', parent, 0), parent ?? false)
  }
  for (const [ratio, first, last] of [
    [0, false, false],
    [0.5, false, true],
    [1, true, true],
  ] as const) {
    t.equal(kept('traceidratio', null, ratio, '1'.repeat(32)), first)
    t.equal(kept('traceidratio', null, ratio, 'f'.repeat(32)), last)
  }
})

t.test(
  'spans are sent as OTLP with the headers of the settings, and those that wait are sent at the end',
  async (t) => {
    const received: { readonly url: string | undefined; readonly key: unknown; readonly body: string }[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      received.push({ url: request.url, key: request.headers['x-key'], body })
      response.end('{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => void server.close())
    const spans = openSpans({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`,
      headers: { 'x-key': 'secret' },
      ...{ timeoutMs: 5_000, sampler: 'always_on', samplerRatio: 1, resource: { 'service.name': 'test' } },
      ...{ clock: systemClock, log: new LogBook() },
    })
    const parent = `${traceparentOf('9'.repeat(32))} vendor=1`
    const span = spans.start({ name: 'work', parent, kind: 'server', startMs: 1_700_000_000_000.5 })
    t.match(span.trace, /^00-9{32}-[0-9a-f]{16}-01 vendor=1$/)
    span.end({ count: 2, part: 0.5, isGood: true }, 'fault')
    for (let i = 0; i < 600; i++) spans.start({ name: 'more', parent: null, kind: 'consumer' }).end()
    await spans.close(5_000)
    t.match(received, [{ url: '/base/v1/traces', key: 'secret' }, { url: '/base/v1/traces' }])
    const { resourceSpans } = JSON.parse(received[0]?.body ?? '') as Export
    t.match(resourceSpans[0]?.scopeSpans[0]?.spans[0], {
      ...{ traceId: '9'.repeat(32), parentSpanId: parentId, traceState: 'vendor=1', name: 'work', kind: 2 },
      ...{ startTimeUnixNano: '1700000000000500000', status: { code: 2 } },
      attributes: [
        { key: 'count', value: { intValue: '2' } },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'isGood', value: { boolValue: true } },
      ],
    })
    const sent = received.flatMap(
      ({ body }) => (JSON.parse(body) as Export).resourceSpans[0]?.scopeSpans[0]?.spans ?? [],
    )
    t.equal(sent.length, 601)
  },
)

t.test('a collector that never answers delays the end by no more than its bound', async (t) => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const log = new LogBook()
  const spans = openSpans({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ headers: {}, timeoutMs: 1_000, sampler: 'always_on', samplerRatio: 1, resource: {}, clock: systemClock, log },
  })
  for (let i = 0; i < 6_000; i++) spans.start({ name: 'work', parent: null, kind: 'server' }).end()
  await spans.close(50)
  await until(() => log.count('warn') > 0)
  t.equal(log.count('warn'), 1, 'one line, however many spans were dropped')
})
