import t from 'tap'
import { type ReceiptOutcome, receiptEvent } from '../../src/delivery/receipt-event.ts'

const outcome: ReceiptOutcome = {
  ...{ id: 'order-42', addressee: 'alice', state: 'acknowledged', by: 'client', deliveryCount: 2 },
  since: new Date(Date.UTC(2026, 10, 21, 20, 15, 4, 20)),
}

t.test('a receipt is a CloudEvent about the notification', async (t) => {
  const since = '2026-11-21T20:15:04.020Z'
  t.same(JSON.parse(receiptEvent(outcome).text), {
    specversion: '1.0',
    id: 'order-42/acknowledged',
    source: '/receipts/alice',
    type: 'notification.acknowledged',
    subject: 'order-42',
    time: since,
    datacontenttype: 'application/json',
    data: { id: 'order-42', addressee: 'alice', state: 'acknowledged', since, deliveryCount: 2, by: 'client' },
  })
})

t.test('the event of an outcome is the same whenever it is told, and that of another outcome is another', async (t) => {
  const { identity } = receiptEvent(outcome)
  t.equal(receiptEvent({ ...outcome, since: new Date(), deliveryCount: 9, by: 'grace' }).identity, identity)
  const others = [
    { ...outcome, state: 'expired', by: null } as const,
    { ...outcome, state: 'dead-lettered', by: null } as const,
    { ...outcome, id: 'order-42/acknowledged' },
    { ...outcome, addressee: 'alice/order-42' },
  ].map((other) => receiptEvent(other).identity)
  t.equal(new Set([identity, ...others]).size, 5)
  t.equal('by' in JSON.parse(receiptEvent({ ...outcome, by: null }).text).data, false)
})

t.test('ids and addressees of every script are written in ASCII', async (t) => {
  const { text } = receiptEvent({ ...outcome, id: 'ü 😀 \uffff', addressee: '客/戶' })
  t.match(text, /^[ -~]*$/)
  t.match(JSON.parse(text), {
    subject: 'ü 😀 \uffff',
    source: '/receipts/%E5%AE%A2%2F%E6%88%B6',
    data: { addressee: '客/戶' },
  })
})
