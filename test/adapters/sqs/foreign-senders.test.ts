import t from 'tap'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { foreignMessages, hostileMessages } from './foreign-senders.ts'

const reading = { addresseePointer: '/detail/addressee' }
const received = { MessageId: 'm-1', Attributes: { SentTimestamp: '1732219200123', ApproximateReceiveCount: '1' } }

for (const { sender, message, becomes } of foreignMessages) {
  t.test(`a message of ${sender} becomes the notification that it describes, or has a reason`, async (t) => {
    const parsed = readMessage({ ...received, ...message }, reading)
    if (becomes instanceof RegExp) t.match(parsed.ok ? parsed.notification : parsed.reason, becomes)
    else if (parsed.ok) t.match(parsed.notification, becomes)
    else t.fail(parsed.reason)
  })
}

/** Reading takes milliseconds; the bound is for a busy machine. */
const maxMs = 5_000

for (const [name, body, reason] of hostileMessages) {
  t.test(`a message with ${name} is invalid, quickly`, async (t) => {
    const startedAt = performance.now()
    const parsed = readMessage({ ...received, Body: body }, reading)
    t.match(parsed.ok ? parsed.notification : parsed.reason, reason)
    t.ok(performance.now() - startedAt < maxMs, 'linear time')
  })
}

t.test('the addressee of an event is where the pointer leads', async (t) => {
  const event = (detail: object) => ({
    ...received,
    Body: JSON.stringify({ 'detail-type': 't', source: 'aws.s3', id: 'e', detail }),
  })
  const read = (pointer: string, detail: object) => {
    const parsed = readMessage(event(detail), { addresseePointer: pointer })
    return parsed.ok ? parsed.notification.addressee : parsed.reason
  }
  t.equal(read('/detail/object/key', { object: { key: 'alice' } }), 'alice')
  t.equal(read('/detail/a~1b/m~0n', { 'a/b': { 'm~n': 'alice' } }), 'alice')
  t.equal(read('/detail/list/1', { list: ['bob', 'alice'] }), 'alice')
  t.match(read('/detail/constructor/name', {}), /names an addressee/)
  t.match(read('/detail/length', { length: undefined }), /names an addressee/)
})

t.test('in the own queue of a client a message that names no addressee is for this client', async (t) => {
  const own = { ...reading, owner: 'alice' }
  const read = (Body: string, attributes: Record<string, string> = {}) => {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    )
    const parsed = readMessage({ ...received, Body, MessageAttributes }, own)
    return parsed.ok ? parsed.notification : parsed.reason
  }
  t.match(read('hello'), { addressee: 'alice', subject: 'notification', body: 'hello', id: 'm-1' })
  t.match(read('{"any":"json"}'), { addressee: 'alice', body: '{"any":"json"}', contentType: null })
  t.match(read('hello', { subject: 'greeting' }), { subject: 'greeting', body: 'hello' })
  t.match(read('{"Type":"Notification","TopicArn":"a","Message":"hi","MessageId":"s-1","Subject":"from SNS"}'), {
    addressee: 'alice',
    subject: 'from SNS',
    body: 'hi',
    id: 's-1',
  })
  t.match(read('{"detail-type":"t","source":"s","id":"e","detail":{"n":1}}'), { addressee: 'alice', body: '{"n":1}' })
  t.match(read('{"addressee":"bob","body":"x"}'), { addressee: 'bob' }, 'the reader of the queue rejects it')
})

t.test('events with the same source and id have the same id, and no others have', async (t) => {
  const idOf = (source: string, id: string) => {
    const Body = JSON.stringify({ specversion: '1.0', type: 't', source, id, addressee: 'alice', data: 1 })
    const parsed = readMessage({ ...received, Body }, reading)
    return parsed.ok ? parsed.notification.id : parsed.reason
  }
  t.equal(idOf('/orders', '1'), idOf('/orders', '1'))
  t.not(idOf('/orders', '1'), idOf('/orders/', '1'))
  t.not(idOf('a', 'b'), idOf('ab', ''))
  t.not(idOf('a","b', 'c'), idOf('a', 'b","c'))
})
