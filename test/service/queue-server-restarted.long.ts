import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode, modesToLose } from '../support/modes.ts'

const intakeGone = 'the queue at SQS_INTAKE_QUEUE_URL is gone: create it again; until then the instance is not ready'

inEveryMode(
  t,
  async (t, world) => {
    const { sqs } = world
    const intake = await sqs.createQueue('intake')
    // By default the service makes its dead-letter queue itself.
    const settings = {
      SQS_DLQ_ARN: '',
      SQS_QUEUE_NAME_PREFIX: 'lost',
      SQS_VISIBILITY_TIMEOUT_SECONDS: '2',
      SQS_INTAKE_QUEUE_URL: intake.url,
    }
    const service = await world.service(t, { ...settings, ...(await world.apart()) })
    const held = ['alice', 'bob'].map((clientId) => world.poll(service, clientId, 'wait=120'))
    const [before] = await Promise.all(['alice', 'bob'].map((clientId) => world.queueOf(service, clientId)))
    await until(async () => (await world.readiness(service)).status === 200)

    await sqs.restartEmpty()
    await service.said(intakeGone)
    // In mode 1 the queue has another name by then.
    await until(async () => {
      const { queueUrl } = await world.session(service, 'alice')
      return queueUrl !== null && (world.mode === 2 || queueUrl !== before) && (await exists(queueUrl))
    })
    const queueUrl = await world.queueOf(service, 'alice')
    await sqs.send(queueUrl, 'not a notification', { addressee: 'alice', subject: 'x'.repeat(300) })
    const { RedrivePolicy = '{}' } = await sqs.attributes(queueUrl)
    const { deadLetterTargetArn: arn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string }
    const dlqUrl = queueUrl.replace(/[^/]*$/, arn.replace(/^.*:/, ''))
    await until(async () => (await exists(dlqUrl)) && (await sqs.count(dlqUrl)).all === 1)
    const id = await world.publish(service, 'alice', 'through a queue that was made again')
    t.match((await held[0])?.notifications, [{ id }], 'polls stay held, and are answered')
    t.equal((await world.readiness(service)).status, 503, 'only the owner of the intake queue can create it again')
    t.match((await world.readiness(service)).intake, /QueueDoesNotExist/)
    await sqs.createQueue('intake')
    await service.said('the queue at SQS_INTAKE_QUEUE_URL is there again')
    await until(async () => (await world.readiness(service)).status === 200)
    const forBob = await sqs.send(intake.url, JSON.stringify({ addressee: 'bob', subject: 'hi', body: 'ho' }), {})
    t.match((await held[1])?.notifications, [{ id: forBob, body: 'ho' }])
    t.equal(service.all(intakeGone).length, 1, 'one line tells of the intake queue')
    service.signal('SIGTERM')
    t.equal(await service.ended, 0)

    function exists(url: string): Promise<boolean> {
      return sqs.attributes(url).then(
        () => true,
        () => false,
      )
    }
  },
  modesToLose,
)
