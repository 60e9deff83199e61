import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import type { Message } from '@aws-sdk/client-sqs'
import fc from 'fast-check'
import t from 'tap'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { writeMessage } from '../../../src/adapters/sqs/written-message.ts'
import { isClientId, isReference, isSubject } from '../../../src/delivery/notification.ts'
import { strings } from '../../support/sqs.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const reading = { addresseePointer: '/detail/addressee' }

const system = { SentTimestamp: '1732219200123', ApproximateReceiveCount: '3' }

function message(attributes: Record<string, string>, rest: Partial<Message> = {}): Message {
  const { MessageAttributes, ...others } = rest
  return {
    MessageId: 'm-1',
    ReceiptHandle: 'r-1',
    Body: 'hello',
    Attributes: system,
    MessageAttributes: { ...strings(attributes), ...MessageAttributes },
    ...others,
  }
}

const required = { addressee: 'alice', subject: 'greeting' }

t.test('an attribute that is missing has a default', async (t) => {
  t.same(readMessage(message(required), reading), {
    ok: true,
    notification: {
      id: 'm-1',
      addressee: 'alice',
      subject: 'greeting',
      body: 'hello',
      encoding: null,
      contentType: null,
      sentAt: '2024-11-21T20:00:00.123Z',
      correlationId: null,
    },
    hops: 0,
    deliveryCount: 3,
  })
})

t.test('a message that is not a notification is rejected with the reason', async (t) => {
  const table: [string, Message, RegExp][] = [
    ['no attributes', { MessageId: 'm', Body: 'x' }, /neither an attribute nor the body names an addressee/],
    ['addressee too long', message({ ...required, addressee: 'a'.repeat(513) }), /addressee is not 1 to 512/],
    ['control in addressee', message({ ...required, addressee: 'a\nb' }), /addressee is not/],
    ['subject too long', message({ ...required, subject: 's'.repeat(257) }), /subject is not 1 to 256/],
    ['id too long', message({ ...required, id: 'i'.repeat(257) }), /id is not 1 to 256/],
    ['correlation id too long', message({ ...required, 'correlation-id': 'c'.repeat(257) }), /correlation id is not/],
    [
      'addressee is a number',
      message(required, { MessageAttributes: { addressee: { DataType: 'Number', StringValue: '7' } } }),
      /addressee is not a String/,
    ],
    [
      'id is bytes',
      message(required, { MessageAttributes: { id: { DataType: 'Binary', BinaryValue: new Uint8Array(1) } } }),
      /id is not a String/,
    ],
    ['empty body', message(required, { Body: '' }), /body is empty/],
    ['empty base64', message({ ...required, encoding: 'base64' }, { Body: '' }), /body is empty/],
    ['unknown encoding', message({ ...required, encoding: 'gzip' }), /neither base64 nor empty/],
    ['not base64', message({ ...required, encoding: 'base64' }, { Body: 'a_b=' }), /not base64/],
    ['base64 of odd length', message({ ...required, encoding: 'base64' }, { Body: 'aGk' }), /not base64/],
    ['padding only', message({ ...required, encoding: 'base64' }, { Body: '====' }), /not base64/],
  ]
  for (const [name, bad, reason] of table) {
    const parsed = readMessage(bad, reading)
    t.match(parsed.ok ? '' : parsed.reason, reason, name)
  }
})

t.test('attributes are taken as they are', async (t) => {
  const read = (attributes: Record<string, string>, rest?: Partial<Message>) => {
    const parsed = readMessage(message({ ...required, ...attributes }, rest), reading)
    if (!parsed.ok) throw new Error(parsed.reason)
    return { ...parsed.notification, hops: parsed.hops, deliveryCount: parsed.deliveryCount }
  }
  const custom = { subject: { DataType: 'String.topic', StringValue: 'labelled' } }
  t.equal(read({}, { MessageAttributes: custom }).subject, 'labelled')
  t.equal(read({ encoding: 'empty' }).body, '', 'the text of an empty body is ignored')
  t.match(read({ encoding: 'base64' }, { Body: '/gA=' }), { body: '/gA=', encoding: 'base64' }, 'bytes')
  t.match(read({ encoding: 'base64' }, { Body: 'AGkH' }), { body: '\0i\u0007', encoding: null }, 'UTF-8 is text')
  t.match(read({ encoding: 'base64' }, { Body: '77u/aQ==' }), { body: '\ufeffi', encoding: null }, 'with its mark')
  t.equal(read({ 'sent-at': '2026-11-21T22:15:03+02:00' }).sentAt, '2026-11-21T20:15:03.000Z')
  t.equal(read({ 'sent-at': '2026-11-21t20:15:03.5z' }).sentAt, '2026-11-21T20:15:03.500Z')
  for (const bad of ['yesterday', '2026-11-21', '2026-13-01T00:00:00Z', '9999-12-31T23:59:59-23:59']) {
    t.equal(read({ 'sent-at': bad }).sentAt, '2024-11-21T20:00:00.123Z', bad)
  }
  t.equal(read({ hops: '2' }).hops, 2)
  for (const bad of ['-1', '1.5', '1e9', '100', 'many']) t.equal(read({ hops: bad }).hops, 0, bad)
  t.match(read({}, { Attributes: {} }), { deliveryCount: 1, sentAt: /^20\d\d-/ }, 'SQS said nothing')
})

t.test('a notification that is written and read again is the same', async (t) => {
  const term = (longest: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: longest })
  const notification = fc.record({
    id: term(256).filter(isReference),
    addressee: term(512).filter(isClientId),
    subject: term(256).filter(isSubject),
    content: fc.oneof(
      fc.string({ unit: 'binary' }).map((body) => ({ body, encoding: null })),
      fc
        .uint8Array({ minLength: 1 })
        .filter((bytes) => !isUtf8(bytes))
        .map((bytes) => ({ body: Buffer.from(bytes).toString('base64'), encoding: 'base64' as const })),
    ),
    contentType: fc.option(fc.constantFrom('application/json', 'text/plain; charset=utf-8')),
    sentAt: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
    correlationId: fc.option(term(256).filter(isReference)),
  })
  const trace = fc.option(fc.constantFrom(traceparent, `${traceparent} vendor=1`))
  fc.assert(
    fc.property(notification, trace, fc.nat({ max: 99 }), ({ content, ...rest }, trace, hops) => {
      const sent = { ...rest, ...content, ...(trace === null ? {} : { trace }) }
      const { MessageBody, MessageAttributes, MessageSystemAttributes } = writeMessage(sent, hops)
      const xRay = MessageSystemAttributes?.AWSTraceHeader?.StringValue
      const Attributes = { ...system, ...(xRay === undefined ? {} : { AWSTraceHeader: xRay }) }
      const parsed = readMessage({ MessageId: 'other', Body: MessageBody, MessageAttributes, Attributes }, reading)
      assert.deepEqual(parsed, { ok: true, notification: sent, hops, deliveryCount: 3 })
      assert.ok(MessageBody !== '' && Object.keys(MessageAttributes).length <= 10, 'SQS can carry it')
    }),
    { numRuns: 300 },
  )
  t.pass('for 300 notifications')
})

t.test('the trace of a message is that of its attributes, else that of AWS, else that of its event', async (t) => {
  const required = { addressee: 'alice', subject: 'greeting' }
  const traceIn = (attributes: Record<string, string>, body = 'hello', AWSTraceHeader?: string) => {
    const parsed = readMessage(
      {
        MessageId: 'm-1',
        Body: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
        Attributes: { ...system, ...(AWSTraceHeader === undefined ? {} : { AWSTraceHeader }) },
      },
      reading,
    )
    return parsed.ok ? (parsed.notification.trace ?? null) : parsed.reason
  }
  const xRay = 'Root=1-11111111-222222222222222222222222;Parent=3333333333333333;Sampled=1'
  const ofXRay = '00-11111111222222222222222222222222-3333333333333333-01'
  t.equal(traceIn(required), null)
  t.equal(traceIn({ ...required, traceparent }), traceparent)
  t.equal(traceIn({ ...required, traceparent, tracestate: 'a=1' }, 'hello', xRay), `${traceparent} a=1`)
  t.equal(traceIn(required, 'hello', xRay), ofXRay)
  t.equal(traceIn({ ...required, traceparent: 'nonsense' }, 'hello', xRay), ofXRay)
  t.equal(traceIn({ ...required, traceparent: 'nonsense' }), null, 'a malformed one makes no message invalid')
  const event = { specversion: '1.0', id: '1', source: '/orders', type: 'shipped', addressee: 'alice', traceparent }
  t.equal(traceIn({}, JSON.stringify(event)), traceparent)
  t.equal(traceIn({}, JSON.stringify({ ...event, tracestate: 'a=1' })), `${traceparent} a=1`)
  t.equal(traceIn({}, JSON.stringify({ ...event, traceparent: 7 })), null)
})

t.test('a message without room for further attributes keeps its trace in the system attribute', async (t) => {
  const full = {
    ...{ id: 'n-1', addressee: 'alice', subject: 'greeting', body: '', encoding: null, contentType: 'text/plain' },
    ...{ sentAt: '2026-11-21T20:15:03.120Z', correlationId: 'job-1', trace: `${traceparent} vendor=1` },
  } as const
  const roomy = writeMessage({ ...full, body: 'hello' })
  t.match(roomy.MessageAttributes, {
    traceparent: { StringValue: traceparent },
    tracestate: { StringValue: 'vendor=1' },
  })
  const eight = writeMessage(full, 2)
  t.equal(Object.keys(eight.MessageAttributes).length, 10)
  const large = writeMessage({ ...full, body: 'x'.repeat(600_000) })
  t.notOk('traceparent' in large.MessageAttributes, 'a large message becomes no larger')
  const header = large.MessageSystemAttributes?.AWSTraceHeader?.StringValue
  t.equal(header, 'Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1')
  t.notOk('MessageSystemAttributes' in writeMessage({ ...full, trace: null }), 'no trace costs nothing')
})
