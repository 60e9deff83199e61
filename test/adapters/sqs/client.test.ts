import { GetQueueUrlCommand } from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { type SqsClients, sqsClients } from '../../../src/adapters/sqs/client.ts'
import { sender } from '../../../src/adapters/sqs/send.ts'
import { startRecordedSqs } from './recorded-sqs.ts'
import { notification } from './sent-notification.ts'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' })

function open(t: Pick<Test, 'teardown'>, endpoint: string): SqsClients {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint })
  t.teardown(() => clients.close())
  return clients
}

t.test('a send with a deadline does not make the acting client put its middleware together again', async (t) => {
  const sqs = await startRecordedSqs(t)
  const clients = open(t, sqs.endpoint)
  const { middlewareStack } = clients.acting
  let resolved = 0
  const concat = middlewareStack.concat.bind(middlewareStack)
  middlewareStack.concat = ((from: never) => {
    resolved += 1
    return concat(from)
  }) as typeof middlewareStack.concat
  const send = sender(clients, systemClock)
  // The MD5 of "hello", by which the SDK knows that its message has arrived.
  const sent = { body: '{"MessageId":"m-1","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}' }
  await sqs.during([sent], async () => {
    const look = () => clients.acting.send(new GetQueueUrlCommand({ QueueName: 'orders' }))
    for (const withinMs of [10_000, undefined, 10_000]) {
      await look()
      await send('https://sqs.eu-west-1.amazonaws.com/123456789012/orders', notification, 0, withinMs)
    }
    await look()
  })
  t.equal(resolved, 2, 'once for each kind of command')
})

t.test('every client signs all of its calls with one signer', async (t) => {
  const { receiving, acting, bounded } = open(t, 'http://127.0.0.1:1')
  for (const { config } of [receiving, acting, bounded]) t.equal(await config.signer(), await config.signer())
})

t.test('bodies are hashed only where TLS does not protect them', async (t) => {
  const overTls = open(t, 'https://127.0.0.1:1')
  await until(() => [overTls.receiving, overTls.acting, overTls.bounded].every(({ config }) => config.md5 === false))
  const { receiving } = open(t, 'http://127.0.0.1:1')
  await receiving.config.signer()
  t.not(receiving.config.md5, false)
})
