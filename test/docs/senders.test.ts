import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { readMessage } from '../../src/adapters/sqs/envelope.ts'
import { startSqs } from '../support/sqs.ts'
import { type Block, blocks } from './blocks.ts'

const run = promisify(execFile)
const page = blocks.filter(({ page }) => page === 'docs/senders.md')
const reading = { addresseePointer: '/detail/addressee' }

/** The only block of the page with these words. */
function blockWith(words: string): Block {
  const [block, ...others] = page.filter(({ text }) => text.includes(words))
  if (block === undefined || others.length > 0) throw new Error(`${others.length} more blocks have the words: ${words}`)
  return block
}

/** Returns the notification that the service reads in a message with this body. */
function notificationOf(body: string) {
  const read = readMessage({ Body: body, MessageId: 'm-1', Attributes: { SentTimestamp: '0' } }, reading)
  if (!read.ok) throw new Error(read.reason)
  return read.notification
}

const messages: Readonly<
  Record<string, { readonly fill?: Readonly<Record<string, string>>; readonly becomes: object }>
> = {
  '"detail-type"': {
    becomes: {
      addressee: 'alice',
      subject: 'order.shipped',
      body: '{"addressee":"alice","order":42}',
      id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      sentAt: '2026-11-21T20:15:03.000Z',
    },
  },
  '"<order>"': {
    fill: { '<user>': 'alice', '"<order>"': '42', '<id>': 'e-1' },
    becomes: { addressee: 'alice', subject: 'order.shipped', body: '{"order":42}', id: 'e-1' },
  },
  '"<aws.scheduler.execution-id>"': {
    fill: { '<aws.scheduler.execution-id>': 'run-1' },
    becomes: { addressee: 'alice', subject: 'reminder', body: '{"text":"stand up"}', id: 'run-1' },
  },
  'on its way': { becomes: { addressee: 'alice', subject: 'order.shipped', body: 'Your order is on its way' } },
}

t.test('each message of the page reaches its client', async (t) => {
  for (const [words, { fill = {}, becomes }] of Object.entries(messages)) {
    const body = Object.entries(fill).reduce((text, [name, value]) => text.replace(name, value), blockWith(words).text)
    t.match(notificationOf(body), becomes, words)
    const envelope = {
      Type: 'Notification',
      TopicArn: 'arn:aws:sns:eu-central-1:1:orders',
      MessageId: 's',
      Message: body,
    }
    t.match(notificationOf(JSON.stringify(envelope)), becomes, `${words} through SNS`)
  }
})

t.test('the task of Step Functions sends a message that reaches its client', async (t) => {
  const task = JSON.parse(blockWith('states:::sqs:sendMessage').text)
  const input: Record<string, unknown> = { '$.user': 'alice', '$.report': { pages: 12 }, '$$.Execution.Name': 'run-7' }
  // A member whose name ends in `.$` is a path, and is replaced by what the path leads to.
  const filled = Object.entries(task.Parameters.MessageBody as Record<string, string>).map(([name, value]) =>
    name.endsWith('.$') ? [name.slice(0, -2), input[value]] : [name, value],
  )
  const notification = notificationOf(JSON.stringify(Object.fromEntries(filled)))
  t.match(notification, { addressee: 'alice', subject: 'report.done', body: '{"pages":12}', id: 'run-7' })
})

t.test('the Python of the page sends a notification', async (t) => {
  const hasBoto3 = await run('python3', ['-c', 'import boto3']).then(
    () => true,
    () => false,
  )
  if (!hasBoto3) {
    t.pass('the Python was not run', { skip: 'Python with boto3 is not installed' })
    return
  }
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue('notifications-intake')
  // Older versions do not take the endpoint from the environment.
  const script = blockWith('import boto3').text.replace(
    'client("sqs")',
    'client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL_SQS"])',
  )
  const env = { ...process.env, ...sqs.env, AWS_DEFAULT_REGION: sqs.env.AWS_REGION, SQS_INTAKE_QUEUE_URL: url }
  await run('python3', ['-c', script], { env })
  const [message] = await sqs.receive(url)
  t.match(notificationOf(message?.Body ?? ''), {
    addressee: 'alice',
    subject: 'order.shipped',
    body: '{"order":42}',
    id: 'order-42',
  })
})

t.test('the messages of the Java and of the Go of the page reach their client', async (t) => {
  const listings = { 'software.amazon.awssdk': /"""\s*(\{.*\})\s*"""/, 'aws-sdk-go-v2': /`(\{.*\})`/ }
  for (const [words, message] of Object.entries(listings)) {
    const [, body = ''] = message.exec(blockWith(words).text) ?? []
    t.match(notificationOf(body), {
      addressee: 'alice',
      subject: 'order.shipped',
      body: '{"order":42}',
      id: 'order-42',
    })
  }
})

t.test('each policy of the page lets somebody send to the intake queue, and nothing else', async (t) => {
  const policies = page.filter(({ text }) => text.includes('"Statement"'))
  t.equal(policies.length, 2)
  for (const { text } of policies) {
    const { Version, Statement } = JSON.parse(text)
    t.equal(Version, '2012-10-17')
    for (const { Effect, Action, Resource, Principal, Condition } of Statement) {
      t.same([Effect, Action], ['Allow', 'sqs:SendMessage'])
      t.match(Resource, /^arn:aws:sqs:[a-z0-9-]+:\d{12}:notifications-intake$/)
      if (Principal?.Service !== undefined) t.ok(Condition.ArnEquals['aws:SourceArn'], 'a service acts for one source')
    }
  }
})

t.test('every block of the page is played', async (t) => {
  const played = [
    ...Object.keys(messages),
    'states:::sqs:sendMessage',
    'import boto3',
    'software.amazon.awssdk',
    'aws-sdk-go-v2',
    '"Statement"',
  ]
  for (const { line, text } of page)
    t.ok(
      played.some((words) => text.includes(words)),
      `line ${line}`,
    )
})
