import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { carryOut } from '../../src/dead-letters/command.ts'
import { receiptEvent } from '../../src/delivery/receipt-event.ts'
import { startSqs } from '../support/sqs.ts'
import { optionsOf } from './options-of.ts'
import { startWebhook } from './webhook.ts'

/** Each run waits for the empty response of a long poll. */
t.jobs = 4
const atOnce = { buffered: true }

/** A dead-letter queue and a queue for receipts with the name `orders`. */
async function world(t: Test, dlqAttributes: Record<string, string> = {}) {
  const sqs = await startSqs(t)
  const dlq = await sqs.createQueue(dlqAttributes.FifoQueue ? 'dlq.fifo' : 'dlq', dlqAttributes)
  const orders = await sqs.createQueue('order-receipts')
  const stopping = new AbortController()
  const said: string[] = []
  const printed: string[] = []
  const run = (line: string, env: Record<string, string> = { RECEIPT_QUEUES: `orders=${orders.url}` }) => {
    const write = { print: (text: string) => printed.push(text), say: (text: string) => said.push(text) }
    const options = optionsOf([...line.split(' '), '--queue', dlq.url])
    return carryOut(options, { env, sqs: sqs.clients, signal: stopping.signal, ...write })
  }
  const events = async () => (await sqs.receive(orders.url)).map(({ Body = '' }) => JSON.parse(Body))
  return { sqs, dlq, orders, run, said, printed, stopping, events }
}

const alice = { addressee: 'alice', subject: 'order', id: 'order-1', 'receipt-to': 'orders' }

t.test('a sender that asked gets one event of a dead letter, beside the person that is told', atOnce, async (t) => {
  const { sqs, dlq, run, said, events } = await world(t)
  const { posts, url } = await startWebhook(t)
  await sqs.send(dlq.url, 'where is my parcel?', alice)
  await sqs.send(dlq.url, 'nobody asked', { addressee: 'bob', subject: 'order' })
  t.equal(await run(`forward --to ${url}`), true)
  t.match(said, [/^2 told, 1 receipt sent, 0 failed$/])
  t.equal(await run(`forward --to ${url}`), true)
  t.equal(posts.length, 2)
  const found = await events()
  t.match(found, [
    {
      specversion: '1.0',
      type: 'notification.dead-lettered',
      source: '/receipts/alice',
      subject: 'order-1',
      data: { id: 'order-1', addressee: 'alice', state: 'dead-lettered', deliveryCount: 0, by: undefined },
    },
  ])
  t.equal(found.length, 1, 'a second run sends nothing again')
  const outcome = { id: 'order-1', addressee: 'alice', state: 'dead-lettered', deliveryCount: 0, by: null } as const
  t.equal(found[0].id, JSON.parse(receiptEvent({ ...outcome, since: new Date() }).text).id)
  t.match(await sqs.count(dlq.url), { visible: 2, hidden: 0 }, 'the letters stay')
})

t.test('a run that tells nobody sends the receipts, and a later run tells the person', atOnce, async (t) => {
  const { sqs, dlq, run, said, events } = await world(t)
  const { posts, url } = await startWebhook(t)
  await sqs.send(dlq.url, 'x', alice)
  t.equal(await run('forward --to receipts'), true)
  t.equal(await run(`forward --to ${url}`), true)
  t.equal(await run(`forward --to ${url}`), true)
  t.same([posts.length, (await events()).length], [1, 1])
  t.match(said, [/^0 told, 1 receipt sent, 0 failed$/, /^1 told, 0 failed$/, /^0 told, 0 failed$/])
})

t.test(
  'a webhook that is down does not keep back the receipt, and is told later without another',
  atOnce,
  async (t) => {
    const { sqs, dlq, run, events } = await world(t)
    const answers = [500, 204]
    const { posts, url } = await startWebhook(t, () => answers.shift() ?? 204)
    await sqs.send(dlq.url, 'x', alice)
    t.equal(await run(`forward --to ${url}`), false)
    t.equal(await run(`forward --to ${url}`), true)
    t.same([posts.length, (await events()).length], [2, 1])
  },
)

t.test('a receipt that its queue does not take is sent later, and nobody is told again', atOnce, async (t) => {
  const { sqs, dlq, orders, run, printed, events } = await world(t)
  const { posts, url } = await startWebhook(t)
  await sqs.send(dlq.url, 'x', alice)
  t.equal(await run(`forward --to ${url}`, { RECEIPT_QUEUES: `orders=${orders.url}-missing` }), false)
  t.match(printed.sort(), [/^order-1 {2}failed {2}/, /^order-1 {2}told$/])
  t.equal(await run(`forward --to ${url}`), true)
  t.same([posts.length, (await events()).length], [1, 1])
})

t.test('nothing is sent to a queue that RECEIPT_QUEUES does not name', atOnce, async (t) => {
  const { sqs, dlq, orders, run, said } = await world(t)
  const { url } = await startWebhook(t)
  for (const to of [orders.url, 'other']) await sqs.send(dlq.url, 'x', { ...alice, id: to, 'receipt-to': to })
  t.equal(await run(`forward --to ${url}`), true)
  t.match(said, [/^RECEIPT_QUEUES has no queue .*: no receipt is sent$/, /^2 told, 0 failed$/], 'said once')
  t.equal((await sqs.count(orders.url)).all, 0)
})

t.test('receipts without their queues, or with malformed ones, are a mistake of the caller', atOnce, async (t) => {
  const { run } = await world(t)
  await t.rejects(run('forward --to receipts', {}), { name: 'UsageError', message: /needs RECEIPT_QUEUES/ })
  await t.rejects(run('forward --to receipts', { RECEIPT_QUEUES: 'x' }), {
    name: 'UsageError',
    message: /^RECEIPT_QUEUES: /,
  })
})

t.test('an invalid message has a receipt when it says whose it was', atOnce, async (t) => {
  const { sqs, dlq, run, events } = await world(t)
  const invalid = { 'invalid-reason': 'the body is not base64, as the attribute encoding says', encoding: 'base64' }
  await sqs.send(dlq.url, '!', { ...alice, ...invalid })
  await sqs.send(dlq.url, 'for nobody', { 'receipt-to': 'orders', 'invalid-reason': 'no addressee' })
  t.equal(await run('forward --to receipts'), true)
  t.match(await events(), [{ subject: 'order-1', data: { state: 'dead-lettered' } }])
})

t.test('the members of a JSON body ask for the receipt, too', atOnce, async (t) => {
  const { sqs, dlq, run, events } = await world(t)
  await sqs.send(dlq.url, JSON.stringify({ addressee: 'alice', body: 'x', id: 'order-2', receiptTo: 'orders' }), {})
  for (const _ of [1, 2]) t.equal(await run('forward --to receipts'), true)
  const found = await events()
  t.match([found.length, found[0]], [1, { subject: 'order-2' }])
})

t.test('a letter with ten attributes keeps them all but the hops', atOnce, async (t) => {
  const { sqs, dlq, run, events } = await world(t)
  const { url } = await startWebhook(t)
  const most = {
    ...alice,
    ...{ 'content-type': 'text/plain', 'correlation-id': 'c', 'sent-at': '2026-11-21T20:15:03.120Z' },
    ...{ 'expires-at': '2036-11-21T20:15:03.120Z', encoding: 'base64', hops: '2' },
  }
  await sqs.send(dlq.url, 'eA==', most)
  for (const _ of [1, 2]) t.equal(await run(`forward --to ${url}`), true)
  t.equal((await events()).length, 1)
  const [copy] = await sqs.receive(dlq.url)
  const { hops: _, ...kept } = most
  t.same(Object.keys(copy?.MessageAttributes ?? {}).sort(), [...Object.keys(kept), 'forwarded-at'].sort())
})

t.test('the copy with the note is the same notification, with the same expiry', atOnce, async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { url } = await startWebhook(t)
  const first = await sqs.send(dlq.url, 'x', { addressee: 'alice', subject: 'code', 'ttl-seconds': '600' })
  const body = JSON.stringify({ addressee: 'bob', body: 'y', ttlSeconds: 600 })
  const second = await sqs.send(dlq.url, body, {})
  const sentBy = Date.now()
  await delay(20)
  await run(`forward --to ${url}`)
  const intake = await sqs.createQueue('intake')
  await run(`redrive --all --to ${intake.url}`)
  const found = await sqs.receive(intake.url)
  t.same(found.map(({ MessageAttributes }) => MessageAttributes?.id?.StringValue).sort(), [first, second].sort())
  for (const { MessageAttributes } of found) {
    t.ok(Date.parse(MessageAttributes?.['expires-at']?.StringValue ?? '') <= sentBy + 600_000)
    t.ok(Date.parse(MessageAttributes?.['sent-at']?.StringValue ?? '') <= sentBy)
  }
})

t.test('a redriven notification still names the queue for its receipt', atOnce, async (t) => {
  const { sqs, dlq, run } = await world(t)
  await sqs.send(dlq.url, 'x', alice)
  await run('forward --to receipts')
  const intake = await sqs.createQueue('intake')
  await run(`redrive --all --to ${intake.url}`)
  const [message] = await sqs.receive(intake.url)
  t.match(message?.MessageAttributes, { 'receipt-to': { DataType: 'String', StringValue: 'orders' } })
})

t.test('a reader that follows sends receipts as letters come, also from a FIFO queue', atOnce, async (t) => {
  const { sqs, dlq, orders, run, stopping } = await world(t, { FifoQueue: 'true' })
  const fifo = { MessageGroupId: 'alice', MessageDeduplicationId: '1' }
  await sqs.send(dlq.url, 'x', alice, fifo)
  const following = run('forward --follow --to receipts')
  await until(async () => (await sqs.count(orders.url)).all >= 1)
  await until(async () => (await sqs.count(dlq.url)).visible === 1)
  stopping.abort()
  t.equal(await following, true)
  t.equal((await sqs.count(orders.url)).all, 1)
})
