import t from 'tap'
import { until } from '../support/sqs.ts'
import { startWorld } from '../support/world.ts'

const world = await startWorld(t)
const { sqs, deadLetters } = world

/** Messages that are no notifications: their attributes, and what is wrong with them. */
const invalid: [Record<string, string>, RegExp][] = [
  [{ subject: 'greeting' }, /addressee is missing/],
  [{ addressee: 'alice' }, /subject is missing/],
  [{ addressee: 'a'.repeat(513), subject: 'greeting' }, /addressee is not 1 to 512/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'base64' }, /not base64/],
  [{ addressee: 'alice', subject: 'greeting', encoding: 'rot13' }, /encoding/],
]

t.test('what is no notification goes to the dead-letter queue with the reason, and harms nobody', async (t) => {
  const service = await world.service(t)
  const held = world.poll(service, 'alice')
  const queueUrl = await world.queueOf(service, 'alice')
  for (const [attributes] of invalid) await sqs.send(queueUrl, 'no notification!', attributes)
  await world.send(queueUrl, 'alice', 'a good one')
  t.match((await held).json(), { notifications: [{ body: 'a good one' }] })
  const reasons: string[] = []
  while (reasons.length < invalid.length) {
    for (const message of await sqs.receive(deadLetters.url)) {
      t.equal(message.Body, 'no notification!', 'as it was sent')
      reasons.push(message.MessageAttributes?.['invalid-reason']?.StringValue ?? '')
    }
  }
  for (const [, reason] of invalid)
    t.ok(
      reasons.some((each) => reason.test(each)),
      String(reason),
    )
  await until(async () => (await sqs.count(queueUrl)).all === 0)
  t.equal(await world.metric(service, 'invalid_total'), invalid.length)
  t.equal(await world.metric(service, 'invalid_deleted_total'), 0)
})

t.test('without a dead-letter queue it is deleted, counted, and an error in the log', async (t) => {
  const service = await world.service(t, { SQS_DLQ_ARN: '' })
  await world.poll(service, 'bob', 'wait=0')
  const queueUrl = await world.queueOf(service, 'bob')
  const messageId = await sqs.send(queueUrl, 'nobody sees this', { subject: 'greeting' })
  const line = await service.said('message is invalid and there is no dead-letter queue: deleted')
  t.match(line, { level: 50, messageId, reason: /addressee is missing/ })
  await until(async () => (await sqs.count(queueUrl)).all === 0)
  t.equal(await world.metric(service, 'invalid_deleted_total'), 1)
})

t.test('a message that nobody fetches ends in the dead-letter queue', async (t) => {
  const service = await world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '2', SQS_MAX_RECEIVE_COUNT: '1' })
  await world.poll(service, 'carol', 'wait=0')
  const queueUrl = await world.queueOf(service, 'carol')
  await world.send(queueUrl, 'absent', 'never fetched')
  let found = false
  while (!found) {
    const messages = await sqs.receive(deadLetters.url)
    found = messages.some(({ Body }) => Body === 'never fetched')
  }
  t.pass('its redrive policy took it there')
})
