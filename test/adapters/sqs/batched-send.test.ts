import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { batchedSender } from '../../../src/adapters/sqs/batched-send.ts'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { sender } from '../../../src/adapters/sqs/send.ts'
import { startSqs } from '../../support/sqs.ts'
import { notification } from './sent-notification.ts'

async function world(t: Test) {
  const sqs = await startSqs(t)
  const calls: number[] = []
  for (const client of [sqs.clients.acting, sqs.clients.bounded]) {
    const send = client.send.bind(client) as (...given: unknown[]) => Promise<unknown>
    client.send = ((...given: unknown[]) => {
      const [command] = given
      if (command instanceof SendMessageBatchCommand) calls.push(command.input.Entries?.length ?? 0)
      if (command instanceof SendMessageCommand) calls.push(1)
      return send(...given)
    }) as typeof client.send
  }
  return { sqs, calls, send: batchedSender(sqs.clients, systemClock, sender(sqs.clients, systemClock)) }
}

t.test('sends that begin together share calls of ten, for each queue, in their order', async (t) => {
  const { sqs, calls, send } = await world(t)
  const [a, b] = await Promise.all([sqs.createQueue('a'), sqs.createQueue('b')])
  const bodies = Array.from({ length: 12 }, (_, i) => `number ${i}`)
  await Promise.all([
    ...bodies.map((body) => send(a.url, { ...notification, id: body, body }, 1)),
    send(b.url, notification),
  ])
  t.same(calls.sort(), [1, 10, 2])
  const received = [...(await sqs.receive(a.url)), ...(await sqs.receive(a.url))]
  t.same(
    received.map(({ Body }) => Body),
    bodies,
  )
  const read = readMessage(received[0] ?? {}, { addresseePointer: '/detail/addressee' })
  t.match(read, { ok: true, hops: 1, notification: { ...notification, id: 'number 0', body: 'number 0' } })
})

t.test('large messages do not share a call', async (t) => {
  const { sqs, calls, send } = await world(t)
  const { url } = await sqs.createQueue('large')
  const body = 'x'.repeat(150_000)
  await Promise.all([1, 2, 3].map(() => send(url, { ...notification, body })))
  t.same(calls, [1, 1, 1])
  t.equal((await sqs.count(url)).all, 3)
})

t.test('one bad message of a batch harms no other', async (t) => {
  const { sqs, send } = await world(t)
  const { url } = await sqs.createQueue('bad')
  // SQS refuses a control character in a body; its bytes are sent then.
  const bodies = ['one', 'two\u0001', 'three']
  await Promise.all(bodies.map((body) => send(url, { ...notification, id: body, body })))
  const received = (await sqs.receive(url)).map(({ Body }) => Body)
  t.same(received.sort(), ['one', 'three', Buffer.from('two\u0001').toString('base64')].sort())
})

t.test('a queue that is gone refuses each message of the batch with the cause', async (t) => {
  const { send } = await world(t)
  const url = 'http://sqs.us-east-1.localhost/000000000000/nowhere'
  const outcomes = await Promise.allSettled([1, 2].map(() => send(url, notification)))
  for (const outcome of outcomes) {
    t.equal(outcome.status, 'rejected')
    if (outcome.status === 'rejected') t.match(outcome.reason.cause, { name: 'QueueDoesNotExist' })
  }
})
