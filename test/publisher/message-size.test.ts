import { SendMessageCommand } from '@aws-sdk/client-sqs'
import t from 'tap'
import { createPublisher } from '../../src/publisher/publisher.js'
import { startSqs } from '../support/sqs.ts'

const sqs = await startSqs(t)
const large = { addressee: 'alice', subject: 'large', body: 'x'.repeat(400_000) }

t.test('a large message is sent to a queue that takes it', async (t) => {
  const { url } = await sqs.createQueue('new', { MaximumMessageSize: '1048576' })
  const publisher = createPublisher({ sqs: sqs.own, intakeQueueUrl: url })
  t.match(await publisher.publish(large), { status: 'sent' })
  const [message] = await sqs.receive(url)
  t.equal(message?.Body, large.body)
})

t.test('a queue that still says 256 KiB is asked, and a larger message is refused with that number', async (t) => {
  const { url } = await sqs.createQueue('old', { MaximumMessageSize: '262144' })
  const publisher = createPublisher({ sqs: sqs.own, intakeQueueUrl: url })
  await t.rejects(publisher.publish(large), { name: 'RangeError', message: /the queue takes at most 262144$/ })
  const [first, second] = await publisher.publishAll([large, { ...large, body: 'small' }])
  t.match(first, { status: 'failed', error: { message: /the queue takes at most 262144$/ } })
  t.match(second, { status: 'sent' })
})

// The local SQS forgets the group on a standard queue, so the requests are looked at.
t.test('each message has its addressee as its group, hashed where SQS does not allow it', async (t) => {
  const { url } = await sqs.createQueue('groups')
  const groups: unknown[] = []
  const watched = {
    send(command: unknown, ...options: never[]) {
      if (command instanceof SendMessageCommand) groups.push(command.input.MessageGroupId)
      return (sqs.own.send as (...given: unknown[]) => unknown)(command, ...options)
    },
  } as typeof sqs.own
  const publisher = createPublisher({ sqs: watched, intakeQueueUrl: url })
  for (const addressee of ['alice@example.org', 'Zo\u00eb', 'two words', 'x'.repeat(128), 'x'.repeat(129)]) {
    await publisher.publish({ addressee, subject: 'greeting', body: 'hello' })
  }
  t.equal(groups[0], 'alice@example.org')
  t.equal(groups[3], 'x'.repeat(128))
  for (const at of [1, 2, 4]) t.match(groups[at], /^[A-Za-z0-9_-]{43}$/)
  t.equal(new Set(groups).size, 5)
})
