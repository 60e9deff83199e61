import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startCollector } from '../support/collector.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'

const parentId = '00f067aa0ba902b7'
const traceparentOf = (traceId: string, flags = '01') => `00-${traceId}-${parentId}-${flags}`
/** The numbers of OTLP. */
const kinds = { server: 2, client: 3 } as const
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
    const names = ['POST /callback/:id', 'relay notification', 'POST /internal/relay', ...acts]
    const spans = await collector.trace(traceId, names)
    const relayed = (kind: number) =>
      collector.spans.find((span) => span.traceId === traceId && span.kind === kind && span.name === names[2])
    await until(() => relayed(kinds.client) !== undefined && relayed(kinds.server) !== undefined)
    t.equal(relayed(kinds.server)?.parentSpanId, relayed(kinds.client)?.spanId, 'the request goes on from the call')
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

  t.test('that came by the intake queue for a client that is nowhere', async (t) => {
    const traceId = 'abababababababababababababababab'
    await world.send(intake.url, 'dora', 'kept', { traceparent: traceparentOf(traceId) })
    const [span] = await collector.trace(traceId, ['store notification'])
    t.equal(span?.parentSpanId, parentId)
    t.equal((await world.next(service, 'dora')).notifications.length, 1)
    await collector.trace(traceId, acts)
  })

  t.test('that answers a poll of another trace, and each is linked to the other', async (t) => {
    const [traceId, ofClient] = ['acacacacacacacacacacacacacacacac', 'adadadadadadadadadadadadadadadad']
    for (const form of ['application/json', 'text/event-stream']) {
      const before = collector.spans.length
      // Polls of other tests may end up here too: spans are sent some time after their end.
      const since = (name: string, trace: string) =>
        collector.spans.slice(before).find((span) => span.name === name && span.traceId === trace)
      await publish(service, { addressee: 'erin' }, { traceparent: traceparentOf(traceId) })
      await world.poll(service, 'erin', 'wait=1&ack=auto', {
        headers: { accept: form, traceparent: traceparentOf(ofClient) },
      })
      const poll = () => since('GET /notifications', ofClient)
      const handover = () => since('hand over notification', traceId)
      await until(() => poll() !== undefined && handover() !== undefined)
      t.match(poll(), { links: [{ traceId }] }, form)
      t.match(handover(), { links: [{ traceId: ofClient, spanId: poll()?.spanId }] }, form)
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
    await until(() => collector.spans.some(({ name }) => name === 'GET /notifications'))
    t.notMatch(JSON.stringify(collector.spans), /secret-cursor|Bearer|ticket=|hello/)
  })
})

t.test('a collector that fails, or is away, harms no delivery and no shutdown', async (t) => {
  const world = withInstancesHere(await startWorld(t))
  const collector = await startCollector(t, 400)
  const { publish } = tasks(world)
  const service = await world.service(t, collector.settings)
  await publish(service, { addressee: 'alice' }, { traceparent: traceparentOf('1'.repeat(32)) })
  t.equal((await world.next(service, 'alice')).notifications.length, 1)
  await until(() => collector.received.length > 0)
  const line = await service.said(
    'traces could not be exported and are dropped; look at OTEL_EXPORTER_OTLP_ENDPOINT and at the collector there',
  )
  t.equal(line.level, 40)
})
