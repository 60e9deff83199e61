import type { Message } from '@aws-sdk/client-sqs'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'

interface Event {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly data: Record<string, unknown>
}

inEveryModeHere(t, async (t, world) => {
  const { sqs } = world
  const orders = await sqs.createQueue('orders')
  const fifo = await sqs.createQueue('audit.fifo', { FifoQueue: 'true' })
  const service = await world.service(t, { RECEIPT_QUEUES: `orders=${orders.url}, audit=${fifo.url}` })
  const { callbackPath, call, publish } = tasks(world)

  const events: Event[] = []
  const messages: Message[] = []
  const receive = async (url: string) => {
    for (const message of await sqs.receive(url)) {
      messages.push(message)
      events.push(JSON.parse(message.Body ?? '') as Event)
    }
  }
  /** The event about the notification, when it has come. */
  const eventOf = async (subject: string, url = orders.url): Promise<Event> => {
    await until(async () => {
      if (!events.some((event) => event.subject === subject)) await receive(url)
      return events.some((event) => event.subject === subject)
    })
    return events.find((event) => event.subject === subject) as Event
  }

  await t.test('an acknowledged publication sends its event, and an unknown queue is refused', async (t) => {
    const refused = await publish(service, { addressee: 'alice', id: 'x', receiptTo: 'other' })
    t.equal(refused.status, 400)
    t.match(refused.json<{ message: string }>().message, /RECEIPT_QUEUES/)
    t.equal((await publish(service, { addressee: 'alice', id: 'ü 😀', receiptTo: 'orders' })).status, 202)
    t.equal((await publish(service, { addressee: 'alice', id: 'silent' })).status, 202)
    const seen: string[] = []
    while (seen.length < 2) {
      const { notifications, cursor } = await world.next(service, 'alice', 'wait=20&ack=next')
      seen.push(...notifications.map(({ id }) => id))
      t.notMatch(JSON.stringify(notifications), 'receipt', 'its client is not told')
      t.same(events, [], 'handed over is not acknowledged')
      await world.acknowledge(service, 'alice', { cursor })
    }
    const event = await eventOf('ü 😀')
    t.match(event, {
      specversion: '1.0',
      id: 'ü 😀/acknowledged',
      source: '/receipts/alice',
      type: 'notification.acknowledged',
      datacontenttype: 'application/json',
      data: {
        id: 'ü 😀',
        addressee: 'alice',
        state: 'acknowledged',
        by: 'client',
        deliveryCount: Number,
        since: String,
      },
    })
    t.equal(messages[0]?.MessageAttributes?.['content-type']?.StringValue, 'application/cloudevents+json')
  })

  await t.test('a message asks by its attributes; a FIFO queue takes the event once', async (t) => {
    const attributes = { id: 'order-42', 'receipt-to': 'audit' }
    const queueUrl = await world.queueBefore(service, 'bob')
    await world.send(queueUrl, 'bob', 'hello', attributes)
    t.match((await world.next(service, 'bob', 'wait=20')).notifications, [{ id: 'order-42' }])
    const event = await eventOf('order-42', fifo.url)
    t.match(event, { type: 'notification.acknowledged', source: '/receipts/bob', data: { by: 'grace' } })
    await until(async () => (await sqs.count(queueUrl)).all === 0)
  })

  await t.test('a message that names an unknown queue sends no event, and the log warns of it', async (t) => {
    const queueUrl = await world.queueBefore(service, 'carol')
    await world.send(queueUrl, 'carol', 'hello', { id: 'y', 'receipt-to': 'elsewhere' })
    t.match((await world.next(service, 'carol', 'wait=20')).notifications, [{ id: 'y' }])
    await service.said('a message names a receipt queue that is not in RECEIPT_QUEUES; no event is sent')
  })

  await t.test('a registration names the queue for all its callbacks', async (t) => {
    const path = await callbackPath(service, 'dave', { receiptTo: 'orders' })
    const { id } = (await call(service, path, 'done')).json<{ id: string }>()
    t.match((await world.next(service, 'dave', 'wait=20')).notifications, [{ id }])
    t.match(await eventOf(id), { type: 'notification.acknowledged', source: '/receipts/dave' })
  })

  await t.test('a notification that expires sends its event', async (t) => {
    const queueUrl = await world.queueBefore(service, 'emil')
    const attributes = { id: 'late', 'receipt-to': 'orders', 'expires-at': '2026-01-01T00:00:00Z' }
    await world.send(queueUrl, 'emil', 'hello', attributes)
    const polled = world.poll(service, 'emil', 'wait=2')
    const { by: _, ...data } = (await eventOf('late')).data
    t.match(data, { id: 'late', addressee: 'emil', state: 'expired', since: String })
    t.equal((await polled).status, 204)
  })

  t.equal(new Set(events.map(({ source, id }) => `${source} ${id}`)).size, events.length, 'no event came twice')
})
