import t from 'tap'
import { inEveryMode } from '../support/modes.ts'

/** Invalid messages: their attributes, and the reason. */
const invalid: [Record<string, string>, RegExp][] = [
  [{ addressee: 'alice', subject: 's'.repeat(257) }, /subject is not 1 to 256/],
  [{ addressee: 'alice', id: 'i'.repeat(257) }, /id is not 1 to 256/],
  [{ addressee: 'a'.repeat(513), subject: 'greeting' }, /addressee is not 1 to 512/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'base64' }, /not base64/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'rot13' }, /encoding/],
]

inEveryMode(t, async (t, world) => {
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
    t.equal(await world.metric(service, 'invalid_deleted_total'), 0)
  })

  t.test('an invalid message is deleted, counted and logged as an error without a dead-letter queue', async (t) => {
    const service = await world.service(t, { SQS_DLQ_ARN: '' })
    await world.poll(service, 'bob', 'wait=0')
    const queueUrl = await world.queueOf(service, 'bob')
    const messageId = await sqs.send(queueUrl, 'nobody sees this', { addressee: 'b'.repeat(513) })
    const line = await service.said('message is invalid and there is no dead-letter queue: deleted')
    t.match(line, { level: 50, messageId, reason: /addressee is not 1 to 512/ })
    await world.emptied(service, 'bob')
    t.equal(await world.metric(service, 'invalid_deleted_total'), 1)
  })

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
