import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'

/** Of a notification whose subject is longer than is allowed. */
const invalid = { addressee: 'alice', subject: 'x'.repeat(300) }
const recreated = 'the dead-letter queue was gone and is created again; the messages in it are lost'

inEveryModeHere(t, async (t, world) => {
  const { sqs } = world
  // By default the service makes its dead-letter queue itself.
  const settings = { SQS_DLQ_ARN: '', SQS_VISIBILITY_TIMEOUT_SECONDS: '2', ...(await world.apart()) }
  const service = await world.service(t, settings)
  const held = world.poll(service, 'alice', 'wait=60')
  const queueUrl = await world.queueOf(service, 'alice')
  const { RedrivePolicy = '{}' } = await sqs.attributes(queueUrl)
  const { deadLetterTargetArn: arn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string }
  const dlqUrl = queueUrl.replace(/[^/]*$/, arn.replace(/^.*:/, ''))
  const letters = async () => ((await sqs.queues()).includes(dlqUrl) ? (await sqs.count(dlqUrl)).all : 0)

  t.test('a dead-letter queue that is deleted before its first letter is created again for it', async (t) => {
    await sqs.deleteQueue(dlqUrl)
    await sqs.send(queueUrl, 'the first', invalid)
    await until(async () => (await letters()) >= 1)
    t.equal((await sqs.attributes(dlqUrl)).MessageRetentionPeriod, String(14 * 86_400))
    await service.said(recreated)
  })

  t.test('a letter that meets a deleted queue is not lost', async (t) => {
    await sqs.deleteQueue(dlqUrl)
    await sqs.send(queueUrl, 'the second', invalid)
    await until(async () => (await letters()) >= 1)
    const [letter] = await sqs.receive(dlqUrl)
    t.equal(letter?.Body, 'the second')
    await until(async () => (await sqs.count(queueUrl)).all === 0)
    t.equal(service.all(recreated).length, 2)
  })

  t.test('the client is served as before', async (t) => {
    const id = await world.publish(service, 'alice', 'hello')
    t.match((await held).notifications, [{ id }])
    t.equal((await world.readiness(service)).status, 200)
  })
})
