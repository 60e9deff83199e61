import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { StandInSqs } from '../../scripts/bench/sqs.ts'
import { readMessage } from '../../src/adapters/sqs/envelope.ts'

const reading = { addresseePointer: '/detail/addressee' }

async function start(t: Test) {
  const sqs = new StandInSqs()
  t.teardown(() => sqs.close())
  const endpoint = await sqs.listen()
  const queue = sqs.queue('bench')
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
    maxAttempts: 1,
  })
  t.teardown(() => client.destroy())
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'bench' }))
  const receive = async (waitSeconds = 0): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: waitSeconds })
    return (await client.send(command)).Messages ?? []
  }
  const remove = (messages: readonly Message[]) =>
    client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    )
  const send = (...bodies: readonly string[]) =>
    client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: bodies.map((body, index) => ({
          Id: String(index),
          MessageBody: body,
          MessageAttributes: { addressee: { DataType: 'String', StringValue: 'alice' } },
        })),
      }),
    )
  return { sqs, queue, receive, remove, send }
}

t.test('messages are received by ten, are valid notifications, and count until they are deleted', async (t) => {
  const { queue, receive, remove } = await start(t)
  for (let number = 0; number < 12; number++) queue.send(7, number)
  const first = await receive()
  const second = await receive()
  t.same([first.length, second.length], [10, 2])
  t.same(await receive(), [], 'a received message is not shown again')
  const parsed = readMessage(first[3] ?? {}, reading)
  t.match(parsed, { ok: true, deliveryCount: 1, notification: { addressee: 'client-7', body: 'delivery 7 3.' } })

  t.equal(queue.undeleted, 12)
  const { Successful } = await remove(first)
  t.equal(Successful?.length, 10)
  await remove(second)
  await remove(second)
  t.match(queue, { undeleted: 0, deleted: 12, deletedAgain: 2 })
})

t.test('a held receive is answered with the next message, or when the queue ends all receives', async (t) => {
  const { sqs, queue, receive } = await start(t)
  const waiting = receive(20)
  queue.send(1, 0)
  t.equal((await waiting).length, 1)
  const released = receive(20)
  sqs.release()
  t.same(await released, [])
})

t.test(
  'a message that is sent over the network is received as it was sent, and from its own queue alone',
  async (t) => {
    const { sqs, receive, send } = await start(t)
    sqs.queue('other').send(1, 0)
    const { Successful } = await send('{"order":42}', 'another')
    t.equal(Successful?.length, 2)
    const [first, ...others] = await receive()
    t.equal(others.length, 1)
    t.equal(first?.Body, '{"order":42}')
    t.match(readMessage(first ?? {}, reading), { ok: true, notification: { addressee: 'alice' } })
    t.equal(sqs.undeleted, 3)
  },
)
