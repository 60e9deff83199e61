import t from 'tap'
import { dlqOfQueue, serviceDlq } from '../../../src/adapters/sqs/dead-letter-queue.ts'
import { startSqs } from '../../support/sqs.ts'

const sqs = await startSqs(t)
const client = sqs.clients.acting

t.test(
  'the own dead-letter queue is created with fourteen days of retention, and found by the next instance',
  async (t) => {
    const wanted = { kind: 'own', name: 'notifications-dlq' } as const
    const found = await Promise.all([1, 2, 3].map(() => serviceDlq(client, wanted).find()))
    const [first] = found
    t.match(first, { url: /\/notifications-dlq$/, arn: /:notifications-dlq$/ })
    t.same(found, [first, first, first], 'instances that start at the same time share it')
    t.match(await sqs.attributes(first?.url ?? ''), { MessageRetentionPeriod: String(14 * 86_400) })
  },
)

t.test('an own dead-letter queue that exists keeps the attributes that its operator gave it', async (t) => {
  const { url } = await sqs.createQueue('kept-dlq', { MessageRetentionPeriod: '3600' })
  t.equal((await serviceDlq(client, { kind: 'own', name: 'kept-dlq' }).find())?.url, url)
  t.match(await sqs.attributes(url), { MessageRetentionPeriod: '3600' })
})

t.test('an own dead-letter queue that was deleted is created again after it was forgotten', async (t) => {
  const dlq = serviceDlq(client, { kind: 'own', name: 'deleted-dlq' })
  const { url = '' } = (await dlq.find()) ?? {}
  await sqs.deleteQueue(url)
  t.equal((await dlq.find())?.url, url, 'remembered')
  dlq.forget()
  t.equal((await dlq.find())?.url, url)
  t.ok((await sqs.queues()).includes(url))
})

t.test('a dead-letter queue that the settings name has to exist, and a failure is not remembered', async (t) => {
  const arn = 'arn:aws:sqs:us-east-1:000000000000:given-dlq'
  const dlq = serviceDlq(client, { kind: 'given', arn })
  await t.rejects(dlq.find(), /SQS_DLQ_ARN: there is no queue .*given-dlq/)
  const { url } = await sqs.createQueue('given-dlq')
  t.same(await dlq.find(), { url, arn })
})

t.test("the target of a queue's own redrive policy comes before the dead-letter queue of the service", async (t) => {
  const own = await sqs.createQueue('target')
  const service = serviceDlq(client, { kind: 'own', name: 'service-dlq' })
  const policy = JSON.stringify({ deadLetterTargetArn: own.arn, maxReceiveCount: 5 })
  const { url } = await sqs.createQueue('with-policy', { RedrivePolicy: policy })
  t.equal(await dlqOfQueue(client, url, service).find(), own.url)
  t.notOk(
    (await sqs.queues()).some((each) => each.endsWith('/service-dlq')),
    'which is not even created',
  )

  const plain = await sqs.createQueue('without-policy')
  t.match(await dlqOfQueue(client, plain.url, service).find(), /\/service-dlq$/)
  t.equal(await dlqOfQueue(client, plain.url, serviceDlq(client, { kind: 'none' })).find(), null)
})

t.test('a target that was deleted is an error, so that nothing takes it for a queue that nobody wants', async (t) => {
  const target = await sqs.createQueue('gone-target')
  const policy = JSON.stringify({ deadLetterTargetArn: target.arn, maxReceiveCount: 5 })
  const { url } = await sqs.createQueue('with-gone-target', { RedrivePolicy: policy })
  await sqs.deleteQueue(target.url)
  const finder = dlqOfQueue(client, url, serviceDlq(client, { kind: 'none' }))
  await t.rejects(finder.find(), /there is no queue .*gone-target, which the redrive policy of .* names/)
})

t.test("the service's own queue is created again when it is the target of a redrive policy and is gone", async (t) => {
  const recreated: string[] = []
  const service = serviceDlq(client, { kind: 'own', name: 'own-dlq' }, (url) => recreated.push(url))
  const { url: dlqUrl = '', arn = '' } = (await service.find()) ?? {}
  const policy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 5 })
  const { url } = await sqs.createQueue('with-own-target', { RedrivePolicy: policy })
  const finder = dlqOfQueue(client, url, service)
  t.equal(await finder.find(), dlqUrl)
  await sqs.deleteQueue(dlqUrl)
  finder.forget()
  t.equal(await finder.find(), dlqUrl)
  t.ok((await sqs.queues()).includes(dlqUrl))
  t.same(recreated, [dlqUrl], 'and this is told')
})

t.test("another queue's name that is gone does not make the service create its own", async (t) => {
  const service = serviceDlq(client, { kind: 'own', name: 'unneeded-dlq' })
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:not-unneeded-dlq'
  const { url } = await sqs.createQueue('with-a-wrong-target', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }),
  })
  await t.rejects(dlqOfQueue(client, url, service).find(), /there is no queue/)
  t.notOk((await sqs.queues()).some((each) => each.endsWith('/unneeded-dlq')))
})
