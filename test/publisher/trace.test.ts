import t from 'tap'
import { createPublisher } from '../../src/publisher/publisher.js'
import { startSqs } from '../support/sqs.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

t.test('the publisher module passes a trace on, and leaves a malformed one out', async (t) => {
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue('user-alice')
  const publisher = createPublisher({ sqs: sqs.own, userQueueBaseUrl: url.replace(/-alice$/, '') })
  for (const [given, wanted] of [
    [
      { traceparent, tracestate: 'vendor=1' },
      { traceparent, tracestate: 'vendor=1' },
    ],
    [{ traceparent }, { traceparent }],
    [{ traceparent, tracestate: 'a=\n' }, { traceparent }],
    [{ traceparent: 'nonsense' }, {}],
    [{ tracestate: 'vendor=1' }, {}],
    [{}, {}],
  ] as const) {
    await publisher.publish({ addressee: 'alice', subject: 'greeting', body: 'hello', ...given })
    const [message] = await sqs.receive(url)
    const attributes = Object.entries(message?.MessageAttributes ?? {})
    const found = attributes
      .filter(([name]) => name.startsWith('trace'))
      .map(([name, { StringValue }]) => [name, StringValue])
    t.same(Object.fromEntries(found), wanted, JSON.stringify(given))
  }
})
