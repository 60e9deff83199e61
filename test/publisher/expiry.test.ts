import t from 'tap'
import { createPublisher } from '../../src/publisher/publisher.js'
import { startSqs } from '../support/sqs.ts'

const base = { addressee: 'alice', subject: 'greeting', body: 'hello' }

t.test('the publisher module says when a notification expires', async (t) => {
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue('intake')
  const publisher = createPublisher({ sqs: sqs.own, intakeQueueUrl: url })
  const expiresAt = '2036-01-01T00:00:00.000Z'
  const cases = [
    [{ expiresAt: new Date(expiresAt) }, { 'expires-at': expiresAt }],
    [{ expiresAt: '2036-01-01T01:00:00+01:00' }, { 'expires-at': expiresAt }],
    [{ ttlSeconds: 60 }, { 'ttl-seconds': '60' }],
    [
      { expiresAt, ttlSeconds: 60 },
      { 'expires-at': expiresAt, 'ttl-seconds': '60' },
    ],
    [{}, {}],
  ] as const
  for (const [given, wanted] of cases) {
    await publisher.publish({ ...base, ...given })
    const [message] = await sqs.receive(url)
    const found = Object.entries(message?.MessageAttributes ?? {}).flatMap(([name, { StringValue }]) =>
      name === 'expires-at' || name === 'ttl-seconds' ? [[name, StringValue]] : [],
    )
    t.same(Object.fromEntries(found), wanted, JSON.stringify(given))
  }
})

t.test('the publisher module refuses an expiry that the service could not understand', async (t) => {
  const publisher = createPublisher({
    sqs: { send: () => Promise.reject(new Error('sent')) },
    intakeQueueUrl: 'https://sqs/q',
  })
  for (const expiresAt of ['soon', '2036-01-01T00:00:00', '2036-01-01', '', new Date(Number.NaN), 5 as never]) {
    await t.rejects(publisher.publish({ ...base, expiresAt }), TypeError, String(expiresAt))
  }
  for (const ttlSeconds of [0, -1, 1.5, Number.NaN, 1e10, '60' as never]) {
    await t.rejects(publisher.publish({ ...base, ttlSeconds }), TypeError, String(ttlSeconds))
  }
})

t.test('a message with every member has ten attributes, of which the trace is the last', async (t) => {
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue('intake')
  const publisher = createPublisher({ sqs: sqs.own, intakeQueueUrl: url })
  await publisher.publish({
    ...{ ...base, body: new Uint8Array([255]), id: 'n-1', contentType: 'image/png', correlationId: 'job' },
    ...{ expiresAt: '2036-01-01T00:00:00Z', ttlSeconds: 60 },
    ...{ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'vendor=1' },
  })
  const [message] = await sqs.receive(url)
  const names = Object.keys(message?.MessageAttributes ?? {})
  t.equal(names.length, 10)
  for (const name of ['addressee', 'id', 'encoding', 'expires-at', 'ttl-seconds']) t.ok(names.includes(name), name)
})
