import t from 'tap'
import {
  createInstanceQueue,
  deleteQueueIfEmpty,
  describeConfiguredQueue,
  describeQueue,
  dlqUrl,
} from '../../../src/adapters/sqs/queue.ts'
import { startSqs } from '../../support/sqs.ts'

const sqs = await startSqs(t)
const client = sqs.clients.acting
const settings = { prefix: 'notifications', instanceId: 'i-1', visibilityTimeoutSeconds: 30 }

t.test('the instance queue waits 20 s, hides for the length of a lease and has a redrive policy', async (t) => {
  const dlq = await sqs.createQueue('created-dlq')
  const url = await createInstanceQueue(client, { ...settings, dlqArn: dlq.arn, maxReceiveCount: 4 })
  const attributes = await sqs.attributes(url)
  t.match(url, /\/notifications-i-1$/)
  t.match(attributes, {
    ReceiveMessageWaitTimeSeconds: '20',
    VisibilityTimeout: '30',
    MaximumMessageSize: '1048576',
  })
  t.same(JSON.parse(attributes.RedrivePolicy ?? ''), { deadLetterTargetArn: dlq.arn, maxReceiveCount: 4 })
  t.same(await describeQueue(client, url), { dlqArn: dlq.arn })
})

t.test('an existing queue is taken over and gets these attributes', async (t) => {
  const there = await sqs.createQueue('notifications-i-2', { VisibilityTimeout: '7' })
  const url = await createInstanceQueue(client, { ...settings, instanceId: 'i-2' })
  t.equal(url, there.url)
  t.match(await sqs.attributes(url), { ReceiveMessageWaitTimeSeconds: '20', VisibilityTimeout: '30' })
  t.equal(await createInstanceQueue(client, { ...settings, instanceId: 'i-2' }), url, 'and again')
  t.same(await describeQueue(client, url), { dlqArn: null })
})

t.test('a name that SQS does not accept is refused with the setting to change', async (t) => {
  await t.rejects(createInstanceQueue(client, { ...settings, prefix: 'a/../b' }), /SQS_QUEUE_NAME_PREFIX/)
  await t.rejects(createInstanceQueue(client, { ...settings, prefix: 'p'.repeat(80) }), /SQS_QUEUE_NAME_PREFIX/)
})

t.test('a missing queue is null, or an error that names the setting', async (t) => {
  const url = 'http://sqs.us-east-1.localhost/000000000000/nowhere'
  t.equal(await describeQueue(client, url), null)
  await t.rejects(describeConfiguredQueue(client, url), /SQS_QUEUE_URL: there is no queue at .*nowhere/)
})

t.test('the URL of a dead-letter queue is found by its ARN', async (t) => {
  const dlq = await sqs.createQueue('found-dlq')
  t.equal(await dlqUrl(client, dlq.arn), dlq.url)
  t.equal(await dlqUrl(client, `${dlq.arn}-not`), null)
  await t.rejects(dlqUrl(client, 'found-dlq'), /is not the ARN of a queue/)
})

t.test('a queue is deleted only when it has no message, visible or hidden', async (t) => {
  const { url } = await sqs.createQueue('emptied')
  await sqs.send(url, 'x', {})
  t.equal(await deleteQueueIfEmpty(client, url), false, 'a visible message')
  await sqs.receive(url)
  t.equal(await deleteQueueIfEmpty(client, url), false, 'a hidden message')
  t.equal((await sqs.count(url)).hidden, 1)

  const empty = await sqs.createQueue('empty')
  t.equal(await deleteQueueIfEmpty(client, empty.url), true)
  t.equal(await describeQueue(client, empty.url), null)
  t.equal(await deleteQueueIfEmpty(client, empty.url), true, 'gone is gone')
})

t.test('a call goes to the endpoint of the settings, not to the host in the queue URL', async (t) => {
  await sqs.createQueue('elsewhere')
  t.same(await describeQueue(client, 'http://203.0.113.1:9/000000000000/elsewhere'), { dlqArn: null })
})
