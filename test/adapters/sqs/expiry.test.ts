import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import t from 'tap'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { writeMessage } from '../../../src/adapters/sqs/written-message.ts'
import { strings } from '../../support/sqs.ts'

const reading = { addresseePointer: '/detail/addressee' }
const sentAt = Date.parse('2026-11-21T20:00:00.000Z')
const required = { addressee: 'alice', subject: 'greeting' }

function message(Body: string, attributes: Record<string, MessageAttributeValue>): Message {
  const Attributes = { SentTimestamp: String(sentAt), ApproximateReceiveCount: '1' }
  return { MessageId: 'm-1', ReceiptHandle: 'r-1', Body, Attributes, MessageAttributes: attributes }
}

/** Returns when the message expires, undefined for never, or why it is invalid. */
function expiryOf(given: Message): string | undefined {
  const parsed = readMessage(given, reading)
  if (!parsed.ok) return parsed.reason
  return parsed.notification.expiresAt ?? undefined
}

const withAttributes = (attributes: Record<string, string>) => message('hello', strings({ ...required, ...attributes }))

t.test('the attribute expires-at is a time in any usual form', async (t) => {
  const forms: readonly [string, string][] = [
    ['2026-11-21T21:15:03.120Z', '2026-11-21T21:15:03.120Z'],
    ['2026-11-21T21:15:03Z', '2026-11-21T21:15:03.000Z'],
    ['2026-11-21t21:15:03z', '2026-11-21T21:15:03.000Z'],
    ['2026-11-21 21:15:03Z', '2026-11-21T21:15:03.000Z'],
    ['2026-11-21T21:15:03.123456789Z', '2026-11-21T21:15:03.123Z'],
    ['2026-11-21T21:15Z', '2026-11-21T21:15:00.000Z'],
    ['2026-11-21T22:15:03+01:00', '2026-11-21T21:15:03.000Z'],
    ['2026-11-21T22:15:03+0100', '2026-11-21T21:15:03.000Z'],
    ['2026-11-21T22:15+01', '2026-11-21T21:15:00.000Z'],
    ['2026-11-21T15:45:03-05:30', '2026-11-21T21:15:03.000Z'],
    ['1999-01-01T00:00:00Z', '1999-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ]
  for (const [text, expected] of forms) t.equal(expiryOf(withAttributes({ 'expires-at': text })), expected, text)
})

t.test('a message whose expiry cannot be understood is invalid, since it would be handed over too late', async (t) => {
  const times = [
    '',
    ' ',
    'tomorrow',
    '1795382103',
    '2026-11-21',
    '2026-11-21T21:15:03',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
  ]
  times.push('21:15:03Z', '2026-11-21T25:00:00Z', '9999-12-31T23:59:59-01:00', '2026-11-21T21:15:03 Z', 'null')
  for (const text of times) {
    const given = message('hello', { ...strings(required), 'expires-at': { DataType: 'String', StringValue: text } })
    t.match(expiryOf(given), /the time of expiry is not a date and time/, text)
  }
  for (const text of ['', '0', '-1', '1.5', '1e3', '0x10', ' 5', '5s', 'NaN', '9999999999']) {
    const given = message('hello', { ...strings(required), 'ttl-seconds': { DataType: 'String', StringValue: text } })
    t.match(expiryOf(given), /the time to live is not a whole number of seconds from 1/, text)
  }
  const binary = { DataType: 'Binary', BinaryValue: new Uint8Array([1]) }
  t.match(expiryOf(message('hello', { ...strings(required), 'expires-at': binary })), /is not a String/)
  t.match(expiryOf(message('hello', { ...strings(required), 'ttl-seconds': binary })), /neither a Number nor a String/)
})

t.test('the attribute ttl-seconds counts from when SQS took the message, whatever its sender says', async (t) => {
  const late = { 'ttl-seconds': '60', 'sent-at': '2020-01-01T00:00:00Z' }
  t.equal(expiryOf(withAttributes(late)), '2026-11-21T20:01:00.000Z')
  for (const DataType of ['Number', 'Number.int', 'String']) {
    const attributes = { ...strings(required), 'ttl-seconds': { DataType, StringValue: '60' } }
    t.equal(expiryOf(message('hello', attributes)), '2026-11-21T20:01:00.000Z', DataType)
  }
})

t.test('of several expiries the earliest counts', async (t) => {
  const hour = '2026-11-21T21:00:00Z'
  t.equal(expiryOf(withAttributes({ 'ttl-seconds': '60', 'expires-at': hour })), '2026-11-21T20:01:00.000Z')
  t.equal(expiryOf(withAttributes({ 'ttl-seconds': '7200', 'expires-at': hour })), '2026-11-21T21:00:00.000Z')
  const own = JSON.stringify({ addressee: 'alice', body: 'b', expiresAt: hour })
  t.equal(expiryOf(message(own, strings({ 'ttl-seconds': '5' }))), '2026-11-21T20:00:05.000Z')
})

/** Bodies of senders that set no attributes; each says the same expiry. */
const bodies: Record<string, unknown> = {
  'the JSON of a publication, with a time': { addressee: 'alice', body: 'b', expiresAt: '2026-11-21T20:01:00Z' },
  'the JSON of a publication, with a duration': { addressee: 'alice', data: 1, ttlSeconds: 60 },
  'a CloudEvent with expirytime': { ...event(), expirytime: '2026-11-21T20:01:00Z' },
  'a CloudEvent with expiresat': { ...event(), expiresat: '2026-11-21T20:01:00Z' },
  'a CloudEvent with ttlseconds': { ...event(), ttlseconds: 60 },
  'a CloudEvent with ttlseconds as text': { ...event(), ttlseconds: '60' },
  'a CloudEvent with all of them': { ...event(), expirytime: '2027-01-01T00:00:00Z', ttlseconds: 60 },
  'an event of EventBridge with expires-at': bridge({ 'expires-at': '2026-11-21T20:01:00Z' }),
  'an event of EventBridge with ttl-seconds': bridge({ 'ttl-seconds': 60 }),
  'an SNS envelope around an event of EventBridge': envelope(JSON.stringify(bridge({ 'ttl-seconds': '60' })), {}),
  'an SNS envelope with expires-at': envelope('b', {
    addressee: { Type: 'String', Value: 'alice' },
    'expires-at': { Type: 'String', Value: '2026-11-21T20:01:00Z' },
  }),
  'an SNS envelope with ttl-seconds': envelope('b', {
    addressee: { Type: 'String', Value: 'alice' },
    'ttl-seconds': { Type: 'Number', Value: '60' },
  }),
  'an SNS envelope around a CloudEvent that says it': envelope(JSON.stringify({ ...event(), ttlseconds: 60 }), {}),
  'an SNS envelope that says it, around a CloudEvent': envelope(JSON.stringify(event()), {
    'ttl-seconds': { Type: 'String', Value: '60' },
  }),
}

function event() {
  return {
    specversion: '1.0',
    id: '1',
    source: '/s',
    type: 'greeting',
    addressee: 'alice',
    time: '2020-01-01T00:00:00Z',
  }
}

function bridge(detail: object) {
  const head = { 'detail-type': 'greeting', source: 'shop', id: '1', time: '2020-01-01T00:00:00Z' }
  return { ...head, detail: { addressee: 'alice', ...detail } }
}

function envelope(text: string, MessageAttributes: object) {
  const Timestamp = '2026-11-21T19:59:59.000Z'
  return { Type: 'Notification', TopicArn: 'arn', MessageId: 'sns-1', Message: text, Timestamp, MessageAttributes }
}

for (const [name, body] of Object.entries(bodies)) {
  t.test(`${name} expires`, async (t) => {
    t.equal(expiryOf(message(JSON.stringify(body), {})), '2026-11-21T20:01:00.000Z')
  })
}

t.test('members of the detail of an event that have other names are no expiry', async (t) => {
  const own = { expiresAt: '2020-01-01T00:00:00Z', expires_at: 'soon', ttlSeconds: 0, ttl: 1 }
  t.equal(expiryOf(message(JSON.stringify(bridge(own)), {})), undefined)
})

t.test('a body with a malformed expiry is invalid, and an expiry of null counts as none', async (t) => {
  const malformed = [{ expiresAt: 5 }, { expiresAt: '' }, { ttlSeconds: 0 }, { ttlSeconds: '' }, { ttlSeconds: true }]
  for (const more of malformed) {
    t.match(expiryOf(message(JSON.stringify({ addressee: 'alice', body: 'b', ...more }), {})), /is not a/)
  }
  const none = { addressee: 'alice', body: 'b', expiresAt: null, ttlSeconds: null }
  t.equal(expiryOf(message(JSON.stringify(none), {})), undefined)
  const ofEnvelope = { addressee: { Type: 'String', Value: 'a' }, 'expires-at': { Type: 'Binary', Value: 'AAAA' } }
  t.match(expiryOf(message(JSON.stringify(envelope('b', ofEnvelope)), {})), /is not a/)
})

t.test('a notification that is sent on keeps the moment at which it expires, within ten attributes', async (t) => {
  const parsed = readMessage(withAttributes({ 'ttl-seconds': '60', 'content-type': 'text/plain' }), reading)
  if (!parsed.ok) throw new Error(parsed.reason)
  const all = { ...parsed.notification, correlationId: 'job', encoding: 'base64' as const, body: 'AAAA' }
  const { MessageAttributes, MessageBody } = writeMessage(
    { ...all, trace: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
    3,
  )
  t.ok(Object.keys(MessageAttributes).length <= 10)
  t.equal(expiryOf(message(MessageBody, MessageAttributes)), '2026-11-21T20:01:00.000Z')
})
