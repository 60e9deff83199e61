import { networkInterfaces } from 'node:os'
import { CreateQueueCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { sendMessage, sqsClient } from '../../scripts/stack/publisher.ts'
import { type Sqs, startSqs } from '../../scripts/stack/sqs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function clientOf(t: Test, { endpoint, region }: Sqs): SQSClient {
  const client = sqsClient(endpoint, region)
  t.teardown(() => client.destroy())
  return client
}

t.test('queues and messages survive a restart, including those of the dead-letter queue', async (t) => {
  const folder = await temporaryFolder(t)
  const before = await startSqs({ dataDir: folder, wanted: [] })
  const sender = clientOf(t, before)
  const { QueueUrl: queueUrl = '' } = await sender.send(new CreateQueueCommand({ QueueName: 'kept' }))
  await sendMessage(sender, queueUrl, { addressee: 'alice', subject: 'kept', body: 'one' })
  await sendMessage(sender, before.deadLetterQueueUrl, { addressee: 'alice', subject: 'dead', body: 'two' })
  await before[Symbol.asyncDispose]()

  const after = await startSqs({ dataDir: folder, wanted: [] })
  t.teardown(() => after[Symbol.asyncDispose]())
  const receiver = clientOf(t, after)
  for (const [url, body] of [
    [queueUrl, 'one'],
    [after.deadLetterQueueUrl, 'two'],
  ]) {
    const { Messages } = await receiver.send(new ReceiveMessageCommand({ QueueUrl: url }))
    t.same(
      Messages?.map(({ Body }) => Body),
      [body],
    )
  }
})

t.test('a message has the attributes of the contract', async (t) => {
  const sqs = await startSqs({ dataDir: null, wanted: [] })
  t.teardown(() => sqs[Symbol.asyncDispose]())
  const client = clientOf(t, sqs)
  const message = { addressee: 'alice', subject: 'order', body: '', id: 'id-1', contentType: 'text/plain' }
  await sendMessage(client, sqs.deadLetterQueueUrl, message)
  const receive = new ReceiveMessageCommand({ QueueUrl: sqs.deadLetterQueueUrl, MessageAttributeNames: ['All'] })
  const { Messages: [received] = [] } = await client.send(receive)
  const attributes = Object.entries(received?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue,
  ])
  const { 'sent-at': sentAt, ...others } = Object.fromEntries(attributes)
  t.same(others, { addressee: 'alice', subject: 'order', id: 'id-1', 'content-type': 'text/plain', encoding: 'empty' })
  t.equal(sentAt, new Date(sentAt).toISOString())
})

const elsewhere = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address

t.test(
  'the SQS server listens on loopback only',
  { skip: !elsewhere && 'this machine has no other address' },
  async (t) => {
    const sqs = await startSqs({ dataDir: null, wanted: [] })
    t.teardown(() => sqs[Symbol.asyncDispose]())
    t.equal((await fetch(`http://127.0.0.1:${sqs.port}/`)).status < 500, true)
    await t.rejects(fetch(`http://${elsewhere}:${sqs.port}/`))
  },
)

t.test('a held receive does not delay the end', async (t) => {
  const sqs = await startSqs({ dataDir: null, wanted: [] })
  const receive = new ReceiveMessageCommand({ QueueUrl: sqs.deadLetterQueueUrl, WaitTimeSeconds: 20 })
  const waiting = clientOf(t, sqs)
    .send(receive)
    .catch(() => 'cut off')
  await sqs[Symbol.asyncDispose]()
  t.equal(await waiting, 'cut off')
})
