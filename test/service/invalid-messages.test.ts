import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'

/** Invalid messages: their attributes, and the reason. */
const invalid: [Record<string, string>, RegExp][] = [
  [{ addressee: 'alice', subject: 's'.repeat(257) }, /subject is not 1 to 256/],
  [{ addressee: 'alice', id: 'i'.repeat(257) }, /id is not 1 to 256/],
  [{ addressee: 'a'.repeat(513), subject: 'greeting' }, /addressee is not 1 to 512/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'base64' }, /not base64/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'rot13' }, /encoding/],
]

inEveryModeHere(t, async (t, world) => {
  const { sqs, deadLetters } = world

  t.test('an invalid message goes to the dead-letter queue with the reason, and does not affect others', async (t) => {
    const service = await world.service(t)
    const held = world.poll(service, 'alice')
    const queueUrl = await world.queueOf(service, 'alice')
    for (const [attributes] of invalid) await sqs.send(queueUrl, 'no notification!', attributes)
    await world.send(queueUrl, 'alice', 'a good one')
    t.match(await held, { notifications: [{ body: 'a good one' }] })
    const reasons: string[] = []
    while (reasons.length < invalid.length) {
      for (const message of await sqs.receive(deadLetters.url)) {
        t.equal(message.Body, 'no notification!', 'the body is unchanged')
        reasons.push(message.MessageAttributes?.['invalid-reason']?.StringValue ?? '')
      }
    }
    for (const [, reason] of invalid)
      t.ok(
        reasons.some((each) => reason.test(each)),
        String(reason),
      )
    await world.emptied(service, 'alice')
    t.equal(await world.metric(service, 'invalid_total'), invalid.length)
    t.equal(await world.metric(service, 'invalid_hidden_total'), 0)
  })

  t.test(
    'an invalid message without a dead-letter queue is hidden, counted and logged, and never deleted',
    async (t) => {
      const service = await world.service(t, { SQS_DLQ_ARN: 'none', ...(await world.apart()) })
      t.match(
        await service.said(
          'SQS_DLQ_ARN is none: messages that no client fetches, and invalid ones, expire in their queue unseen',
        ),
        { level: 40 },
        'the start warns',
      )
      await world.poll(service, 'bob', 'wait=0')
      const queueUrl = await world.queueOf(service, 'bob')
      const messageId = await sqs.send(queueUrl, 'nobody sees this', { addressee: 'b'.repeat(513) })
      const line = await service.said(
        'message is invalid and there is no dead-letter queue: hidden until its queue ends it',
      )
      t.match(line, { level: 50, messageId, reason: /addressee is not 1 to 512/ })
      t.equal((await sqs.count(queueUrl)).hidden, 1)
      t.equal(await world.metric(service, 'invalid_hidden_total'), 1)
    },
  )

  t.test(
    'without SQS_DLQ_ARN the service creates its dead-letter queue and moves invalid messages there',
    async (t) => {
      const service = await world.service(t, { SQS_DLQ_ARN: '', ...(await world.apart()) })
      await world.poll(service, 'dave', 'wait=0')
      const queueUrl = await world.queueOf(service, 'dave')
      await sqs.send(queueUrl, 'no notification!', { addressee: 'd'.repeat(513) })
      const { RedrivePolicy = '{}' } = await sqs.attributes(queueUrl)
      const name = /:([^:]*-dlq)$/.exec(JSON.parse(RedrivePolicy).deadLetterTargetArn)?.[1]
      const dlq = (await sqs.queues()).find((url) => url.endsWith(`/${name}`)) ?? ''
      t.match(await sqs.attributes(dlq), { MessageRetentionPeriod: '1209600' })
      const [message] = await sqs.receive(dlq)
      t.match(message?.MessageAttributes, { 'invalid-reason': { StringValue: /addressee is not 1 to 512/ } })
    },
  )

  t.test('a message that its client never acknowledges ends in the dead-letter queue', async (t) => {
    const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '2', SQS_MAX_RECEIVE_COUNT: '1' })
    const held = world.poll(service, 'carol', 'wait=20&ack=next')
    await world.publish(service, 'carol', 'never acknowledged')
    t.match(await held, { notifications: [{ body: 'never acknowledged' }] })
    const bodies: (string | undefined)[] = []
    while (!bodies.includes('never acknowledged')) {
      bodies.push(...(await sqs.receive(deadLetters.url)).map(({ Body }) => Body))
    }
    t.equal((await world.poll(service, 'carol', 'wait=0&ack=next')).status, 204, 'the redrive policy moved it there')
  })
})
