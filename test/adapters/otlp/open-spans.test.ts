import t, { type Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { maxWaiting } from '../../../src/adapters/otlp/bounded-processor.ts'
import { openSpans } from '../../../src/adapters/otlp/open-spans.ts'
import type { SamplerName } from '../../../src/adapters/otlp/sampler.ts'
import { startCollector } from '../../support/collector.ts'
import { LogBook } from '../../support/log-book.ts'

type Needs = Parameters<typeof openSpans>[0]

async function open(t: Test, url: string, more: Partial<Needs> = {}) {
  const log = new LogBook()
  const spans = await openSpans({
    ...{ url: `${url}/base/v1/traces`, protocol: 'http/json', headers: { 'x-key': 'secret' }, timeoutMs: 5_000 },
    ...{ sampler: 'always_on', samplerRatio: 1, resource: { 'service.name': 'test' }, clock: systemClock, log },
    ...more,
  })
  t.teardown(() => spans.close(0))
  return { spans, log }
}

const traceId = '9'.repeat(32)
const parent = `00-${traceId}-00f067aa0ba902b7-01 vendor=1`
const other = `00-${'8'.repeat(32)}-00f067aa0ba902b8-01`

t.test('spans are sent with the headers of the settings, and those that wait are sent at the end', async (t) => {
  const collector = await startCollector(t)
  const { spans } = await open(t, collector.url)
  const span = spans.start({ name: 'work', parent, kind: 'server', startMs: 1_700_000_000_000.5, links: [other] })
  t.match(span.trace, new RegExp(`^00-${traceId}-[0-9a-f]{16}-01 vendor=1$`))
  span.link(`00-${'7'.repeat(32)}-00f067aa0ba902b9-01`)
  span.end({ count: 2, part: 0.5, isGood: true }, 'fault')
  for (let i = 0; i < 600; i++) spans.start({ name: 'more', parent: null, kind: 'consumer' }).end()
  t.equal(spans.counters.waiting, 601)
  await spans.close(5_000)
  t.same(spans.counters, { waiting: 0, dropped: { full: 0, failed: 0 } })
  t.match(collector.received, [{ path: '/base/v1/traces', headers: { 'x-key': 'secret' } }, {}])
  t.match(collector.spans[0], {
    ...{
      traceId,
      parentSpanId: '00f067aa0ba902b7',
      traceState: 'vendor=1',
      name: 'work',
      kind: 2,
      status: { code: 2 },
    },
    startTimeUnixNano: '1700000000000500000',
    attributes: [
      { key: 'count', value: { intValue: 2 } },
      { key: 'part', value: { doubleValue: 0.5 } },
      { key: 'isGood', value: { boolValue: true } },
    ],
    links: [{ traceId: '8'.repeat(32) }, { traceId: '7'.repeat(32), spanId: '00f067aa0ba902b9' }],
  })
  t.equal(collector.spans.length, 601)
})

t.test('spans are sent as Protocol Buffers where the settings ask for that', async (t) => {
  const collector = await startCollector(t)
  const { spans } = await open(t, collector.url, { protocol: 'http/protobuf' })
  spans.start({ name: 'the work in bytes', parent: null, kind: 'client' }).end()
  await spans.close(5_000)
  t.equal(collector.received[0]?.headers['content-type'], 'application/x-protobuf')
  t.match(collector.received[0]?.body.toString('latin1'), 'the work in bytes')
})

t.test('a sampler keeps all spans of a trace or none, and follows the sender where its name says so', async (t) => {
  const kept = async (sampler: SamplerName, isParentSampled: boolean | null, samplerRatio = 1) => {
    const { spans } = await open(t, 'http://127.0.0.1:1', { sampler, samplerRatio })
    const flags = isParentSampled ? '01' : '00'
    const under = isParentSampled === null ? null : `00-${traceId}-00f067aa0ba902b7-${flags}`
    return spans.start({ name: 'work', parent: under, kind: 'server' }).trace.endsWith('-01')
  }
  for (const parent of [true, false, null]) {
    t.equal(await kept('always_on', parent), true)
    t.equal(await kept('always_off', parent), false)
    t.equal(await kept('parentbased_always_on', parent), parent ?? true)
    t.equal(await kept('parentbased_always_off', parent), parent ?? false)
    t.equal(await kept('parentbased_traceidratio', parent, 0), parent ?? false)
    t.equal(await kept('traceidratio', parent, 0), false)
    t.equal(await kept('traceidratio', parent, 1), true)
  }
})

t.test('the outage of a collector has one line, and its spans are counted', async (t) => {
  const collector = await startCollector(t, 400)
  const { spans, log } = await open(t, collector.url)
  for (let i = 0; i < 600; i++) spans.start({ name: 'work', parent: null, kind: 'server' }).end()
  await until(() => spans.counters.waiting === 0)
  t.equal(log.count('warn'), 1)
  t.same(spans.counters.dropped, { full: 0, failed: 600 })
})

t.test('past the bound spans are dropped, counted, and told in one line', async (t) => {
  const collector = await startCollector(t, 'never')
  const { spans, log } = await open(t, collector.url)
  for (let i = 0; i < maxWaiting + 10; i++) spans.start({ name: 'work', parent: null, kind: 'server' }).end()
  t.same(spans.counters, { waiting: maxWaiting, dropped: { full: 10, failed: 0 } })
  t.equal(log.count('warn'), 1)
})

t.test('a collector that never answers does not delay the end past its bound', async (t) => {
  const collector = await startCollector(t, 'never')
  const { spans } = await open(t, collector.url, { timeoutMs: 600_000 })
  for (let i = 0; i < 600; i++) spans.start({ name: 'work', parent: null, kind: 'server' }).end()
  await until(() => collector.received.length === 1)
  // Without a bound this would take as long as a request may, and the test would be ended before.
  await spans.close(50)
  t.equal(spans.counters.waiting, 600)
})
