import { DeleteMessageCommand } from '@aws-sdk/client-sqs'
import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsClients } from '../../../src/adapters/sqs/client.ts'
import { readMessage } from '../../../src/adapters/sqs/envelope.ts'
import { messageFields, sender } from '../../../src/adapters/sqs/send.ts'
import { httpFaultProxy } from '../../support/fault-proxy.ts'
import { startSqs } from '../../support/sqs.ts'

const reading = { addresseePointer: '/detail/addressee' }

const sqs = await startSqs(t)
const send = sender(sqs.clients, systemClock)
const notification = {
  id: 'n-1',
  addressee: 'älice/1',
  subject: 'order.shipped',
  body: '{"order":42}',
  encoding: null,
  contentType: 'application/json',
  sentAt: '2026-11-21T20:15:03.120Z',
  correlationId: 'job-17',
} as const

t.test('a notification is received as it was sent', async (t) => {
  const { url } = await sqs.createQueue('sent')
  await send(url, notification, 2)
  await send(url, { ...notification, body: '' })
  const received = await sqs.receive(url)
  t.same(
    received.map((message) => readMessage(message, reading)),
    [
      { ok: true, notification, hops: 2, deliveryCount: 1 },
      { ok: true, notification: { ...notification, body: '' }, hops: 0, deliveryCount: 1 },
    ],
  )
})

t.test('text that SQS does not accept is sent as its bytes, and read as text again', async (t) => {
  const { url } = await sqs.createQueue('sent-bytes')
  await send(url, { ...notification, body: 'a\u0000b' })
  const [received = {}] = await sqs.receive(url)
  t.match(readMessage(received, reading), { ok: true, notification: { body: 'a\u0000b', encoding: null } })
})

t.test('a FIFO queue keeps the order of an addressee, and takes a notification that comes back', async (t) => {
  const { url } = await sqs.createQueue('sent.fifo', { FifoQueue: 'true' })
  await send(url, notification)
  await send(url, notification, 2)
  const groups: unknown[] = []
  for (const hops of [0, 2]) {
    const [message] = await sqs.receive(url)
    if (!message) throw new Error('it was dropped as a duplicate')
    t.match(readMessage(message, reading), { ok: true, hops })
    groups.push(message.Attributes?.MessageGroupId)
    await sqs.clients.acting.send(
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle ?? '' }),
    )
  }
  t.equal(groups[0], groups[1])
  t.match(groups[0], /^[\w-]{1,128}$/)
})

t.test('a send that the queue does not accept rejects with a refusal and its cause', async (t) => {
  const gone = send('http://sqs.us-east-1.localhost/000000000000/nowhere', notification)
  await t.rejects(gone, { name: 'Refusal', code: 'ERROR_SQS_UNEXPECTED_ERROR', cause: { name: 'QueueDoesNotExist' } })
})

t.test('a queue that does not answer is not retried when the time is over', async (t) => {
  let calls = 0
  const proxy = await httpFaultProxy({
    targetPort: () => sqs.port,
    refuse: 'answer',
    judge() {
      calls += 1
      return 'hang'
    },
  })
  t.teardown(() => proxy.close())
  const silent = sqsClients({ receiveSockets: 1, endpoint: `http://127.0.0.1:${proxy.port}` })
  t.teardown(() => silent.close())
  const sent = sender(silent, systemClock)(sqs.endpoint, notification, 1, 299.5)
  await t.rejects(sent, { name: 'Refusal', code: 'ERROR_SQS_UNEXPECTED_ERROR', cause: { name: 'AbortError' } })
  t.equal(calls, 1)
})

// The local SQS forgets the group on a standard queue.
t.test('a notification has its addressee as its group, hashed where SQS does not allow it', async (t) => {
  const url = 'https://sqs.eu-west-1.amazonaws.com/123456789012/queue'
  t.same(messageFields(url, { ...notification, addressee: 'alice@example.org' }), {
    MessageGroupId: 'alice@example.org',
  })
  t.match(messageFields(url, notification), { MessageGroupId: /^[A-Za-z0-9_-]{43}$/ })
  t.match(messageFields(url, { ...notification, addressee: 'x'.repeat(129) }), {
    MessageGroupId: /^[A-Za-z0-9_-]{43}$/,
  })
  const fifo = messageFields(`${url}.fifo`, { ...notification, addressee: 'bob' })
  t.match(fifo, { MessageGroupId: 'bob', MessageDeduplicationId: /^[A-Za-z0-9_-]{43}$/ })
})
