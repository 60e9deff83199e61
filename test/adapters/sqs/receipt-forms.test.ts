import type { Message } from '@aws-sdk/client-sqs'
import t from 'tap'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { strings } from '../../support/sqs.ts'

const reading = { addresseePointer: '/detail/addressee', receiptQueues: new Set(['orders']) }

/** Returns the receipt that the message asks for; undefined for none. */
function receiptOf(body: unknown, attributes: Record<string, string> = {}) {
  const Body = typeof body === 'string' ? body : JSON.stringify(body)
  const message: Message = { MessageId: 'm-1', Body, MessageAttributes: strings(attributes) }
  const parsed = readMessage(message, reading)
  if (!parsed.ok) throw new Error(parsed.reason)
  const { receipt } = parsed.notification
  return parsed.isReceiptQueueUnknown ? 'unknown' : receipt
}

const event = { specversion: '1.0', id: '1', source: '/s', type: 'greeting', addressee: 'alice' }
const bridge = (detail: object) => ({
  ...{ 'detail-type': 'greeting', source: 'shop', id: '1', time: '2026-11-21T20:00:00Z' },
  detail: { addressee: 'alice', ...detail },
})
const own = { addressee: 'alice', body: 'b' }

function envelope(message: unknown, attributes: Record<string, string>) {
  const Message = typeof message === 'string' ? message : JSON.stringify(message)
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
  )
  return { Type: 'Notification', TopicArn: 'arn', MessageId: 'sns-1', Message, MessageAttributes }
}

/** Each way to ask for an event in a queue; SNS with raw delivery is the first. */
const toQueue: Record<string, readonly [unknown, Record<string, string>?]> = {
  'attributes of the message': ['b', { addressee: 'alice', 'receipt-to': 'orders' }],
  'an attribute beside a JSON body': [own, { 'receipt-to': 'orders' }],
  'the JSON of a publication': [{ ...own, receiptTo: 'orders' }],
  'a CloudEvent': [{ ...event, receiptto: 'orders' }],
  'an event of EventBridge': [bridge({ 'receipt-to': 'orders' })],
  'an envelope of SNS': [envelope('b', { addressee: 'alice', 'receipt-to': 'orders' })],
  'an envelope of SNS around a CloudEvent': [envelope(event, { 'receipt-to': 'orders' })],
  'a CloudEvent in an envelope of SNS': [envelope({ ...event, receiptto: 'orders' }, {})],
  'the JSON of a publication in an envelope of SNS': [envelope({ ...own, receiptTo: 'orders' }, {})],
  'the envelope, which says another name than the CloudEvent in it': [
    envelope({ ...event, receiptto: 'other' }, { 'receipt-to': 'orders' }),
  ],
}

for (const [name, [body, attributes]] of Object.entries(toQueue)) {
  t.test(`${name} can name the queue for the receipt`, async (t) => {
    t.same(receiptOf(body, attributes), { to: 'orders' })
  })
}

/** Each way to ask for a receipt that can be looked up. */
const kept: Record<string, readonly [unknown, Record<string, string>?]> = {
  'attributes of the message': ['b', { addressee: 'alice', receipt: 'true' }],
  'the JSON of a publication': [{ ...own, receipt: true }],
  'a CloudEvent': [{ ...event, receipt: true }],
  'a CloudEvent whose attributes are texts': [{ ...event, receipt: 'true' }],
  'an event of EventBridge': [bridge({ receipt: true })],
  'an envelope of SNS': [envelope('b', { addressee: 'alice', receipt: 'true' })],
  'a CloudEvent in an envelope of SNS': [envelope({ ...event, receipt: true }, {})],
}

for (const [name, [body, attributes]] of Object.entries(kept)) {
  t.test(`${name} can ask for a receipt to look up`, async (t) => {
    t.same(receiptOf(body, attributes), { to: null })
  })
}

t.test('a name that is not in RECEIPT_QUEUES is ignored in each form, and reported as unknown', async (t) => {
  for (const receiptTo of ['other', '', 5, ['orders']]) {
    t.equal(receiptOf({ ...event, receiptto: receiptTo }), 'unknown', String(receiptTo))
    t.equal(receiptOf(bridge({ 'receipt-to': receiptTo })), 'unknown', String(receiptTo))
  }
  t.equal(receiptOf(envelope('b', { addressee: 'alice', 'receipt-to': 'other' })), 'unknown')
})

t.test('other values, and members with other names, ask for no receipt', async (t) => {
  for (const receipt of [false, 'false', 'R-17', 1, null, {}]) {
    t.equal(receiptOf({ ...event, receipt }), undefined, JSON.stringify(receipt))
    t.equal(receiptOf(bridge({ receipt })), undefined, JSON.stringify(receipt))
  }
  t.equal(receiptOf(bridge({ receiptTo: 'orders', receiptto: 'orders' })), undefined)
})
