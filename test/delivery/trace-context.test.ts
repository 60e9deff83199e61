import t from 'tap'
import { partsOf, readTraceContext, readXRayHeader, writeXRayHeader } from '../../src/delivery/trace-context.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

t.test('a traceparent and its tracestate are kept as they came', async (t) => {
  t.equal(readTraceContext(traceparent), traceparent)
  const both = readTraceContext(traceparent, 'vendor=a b,other=1')
  t.same(partsOf(both ?? ''), { traceparent, tracestate: 'vendor=a b,other=1' })
  t.same(partsOf(traceparent), { traceparent, tracestate: null })
})

t.test('of a later version of the format the known parts count', async (t) => {
  t.equal(readTraceContext(`${traceparent.replace('00-', 'cc-')}-what-the-future-brings`), traceparent)
  t.equal(readTraceContext(traceparent.replace('00-', 'cc-')), traceparent)
})

t.test('a malformed traceparent is none', async (t) => {
  for (const text of [
    undefined,
    '',
    'nonsense',
    traceparent.toUpperCase(),
    `${traceparent}-more`,
    `${traceparent}\n`,
    traceparent.replace('00-', 'ff-'),
    traceparent.replace(/4bf9\w+/, '0'.repeat(32)),
    traceparent.replace(/00f0\w+/, '0'.repeat(16)),
    [traceparent],
    `cc${traceparent.slice(2)}-${'x'.repeat(600)}`,
  ]) {
    t.equal(readTraceContext(text), null, String(text))
  }
})

t.test('a malformed tracestate is left out', async (t) => {
  for (const state of ['', ' ', 'a=\u0001', 'ä=1', 'a=1\n', `a=${'x'.repeat(600)}`, ['a=1', 'b=2'], 7]) {
    t.equal(readTraceContext(traceparent, state), traceparent, JSON.stringify(state))
  }
})

t.test('a header of AWS X-Ray is read in any order, and written', async (t) => {
  const header = 'Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1'
  t.equal(writeXRayHeader(traceparent), header)
  t.equal(writeXRayHeader(`${traceparent} vendor=1`), header)
  t.equal(readXRayHeader(header), traceparent)
  t.equal(readXRayHeader(`Self=1-1;${header.split(';').reverse().join(';')}`), traceparent)
  t.equal(readXRayHeader(header.replace('Sampled=1', 'Sampled=0')), traceparent.replace(/01$/, '00'))
  for (const text of [
    undefined,
    '',
    header.replace(/Parent=\w+;/, ''),
    header.replace('Root=1-', 'Root=2-'),
    'x'.repeat(600),
  ]) {
    t.equal(readXRayHeader(text), null, String(text))
  }
})
