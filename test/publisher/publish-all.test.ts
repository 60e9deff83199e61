import t from 'tap'
import { createPublisher, PublishError, type SqsSender } from '../../src/publisher/publisher.js'
import { startSqs } from '../support/sqs.ts'

const sqs = await startSqs(t)
const acting = sqs.own

/** Returns the SQS client and counts its requests; `change` may change an answer. */
function counted(change: (answer: object, call: number) => object = (answer) => answer) {
  const requests: string[] = []
  const send = async (...args: Parameters<typeof acting.send>) => {
    requests.push(args[0].constructor.name)
    const answer: unknown = await acting.send(...args)
    return change(answer as object, requests.length)
  }
  return { requests, sqs: { send } as SqsSender }
}

async function received(queueUrl: string, count: number) {
  const messages = []
  while (messages.length < count) messages.push(...(await sqs.receive(queueUrl)))
  return messages
}

const publication = (i: number) => ({ addressee: `client-${i}`, subject: 's', body: `${i}`, id: `id-${i}` })

t.test('many publications go into an intake queue in few requests, each with an outcome', async (t) => {
  const { url } = await sqs.createQueue('many')
  const { requests, sqs: counting } = counted()
  const publisher = createPublisher({ sqs: counting, intakeQueueUrl: url })
  const outcomes = await publisher.publishAll(Array.from({ length: 25 }, (_, i) => publication(i)))
  t.same(requests, Array(3).fill('SendMessageBatchCommand'))
  t.equal(outcomes.length, 25)
  for (const [i, outcome] of outcomes.entries()) {
    t.match(outcome, { status: 'sent', id: `id-${i}`, messageId: /.+/, queueUrl: url, instanceId: null })
  }
  const bodies = (await received(url, 25)).map(({ Body }) => Number(Body)).sort((a, b) => a - b)
  t.same(bodies, [...outcomes.keys()])
  t.same(await publisher.publishAll([]), [])
})

t.test('a bad publication harms no other', async (t) => {
  const { url } = await sqs.createQueue('mixed')
  const publisher = createPublisher({ sqs: acting, intakeQueueUrl: url })
  const outcomes = await publisher.publishAll([
    publication(0),
    { ...publication(1), addressee: '' },
    { ...publication(2), body: 'x'.repeat(2_000_000) },
    { ...publication(3), body: 'a bell: \u0007' },
    { ...publication(4), body: '' },
    publication(5),
  ])
  t.same(
    outcomes.map(({ status }) => status),
    ['sent', 'failed', 'failed', 'sent', 'sent', 'sent'],
  )
  t.match(outcomes[1], { id: 'id-1', error: { name: 'TypeError' } })
  t.match(outcomes[2], { id: 'id-2', error: { name: 'RangeError' } })
  const bodies = (await received(url, 4)).map(({ Body }) => Body ?? '')
  t.same(bodies.sort(), ['0', '5', Buffer.from('a bell: \u0007').toString('base64'), 'empty'].sort())
})

t.test('publications that are too large for one request together go in several', async (t) => {
  const { url } = await sqs.createQueue('large')
  const { requests, sqs: counting } = counted()
  const publisher = createPublisher({ sqs: counting, intakeQueueUrl: url })
  const large = { ...publication(0), body: 'x'.repeat(100_000) }
  const outcomes = await publisher.publishAll(Array.from({ length: 24 }, (_, i) => ({ ...large, id: `${i}` })))
  t.ok(outcomes.every(({ status }) => status === 'sent'))
  t.ok(requests.length >= 3 && requests.length <= 12, `${requests.length} requests`)
  await received(url, 24)
})

t.test('a message that SQS could not take at the moment is sent again, and no other', async (t) => {
  const { url } = await sqs.createQueue('again')
  const fault = { Id: '1', SenderFault: false, Code: 'InternalError', Message: 'try again' }
  const { requests, sqs: failing } = counted((answer, call) =>
    call > 1 ? answer : { Successful: [{ Id: '0', MessageId: 'm-0' }], Failed: [fault] },
  )
  const publisher = createPublisher({ sqs: failing, intakeQueueUrl: url })
  const outcomes = await publisher.publishAll([publication(0), publication(1)])
  t.match(outcomes, [
    { status: 'sent', messageId: 'm-0' },
    { status: 'sent', id: 'id-1' },
  ])
  t.equal(requests.length, 2)
  const ids = (await received(url, 3)).map(({ Body }) => Body)
  t.same(ids.sort(), ['0', '1', '1'])
})

t.test('a publication fails when its queue is not there, and one publication alone is refused', async (t) => {
  const { url } = await sqs.createQueue('soon-gone')
  await sqs.deleteQueue(url)
  const publisher = createPublisher({ sqs: acting, intakeQueueUrl: url })
  for (const outcome of await publisher.publishAll([publication(0), publication(1)])) {
    t.match(outcome, { status: 'failed', error: { name: 'PublishError' } })
  }
  const refused: unknown = await publisher.publish(publication(0)).catch((error) => error)
  t.ok(refused instanceof PublishError)
})

t.test('one publication goes into an intake queue without a look-up', async (t) => {
  const { url } = await sqs.createQueue('one')
  const { requests, sqs: counting } = counted()
  const publisher = createPublisher({ sqs: counting, intakeQueueUrl: url })
  t.match(await publisher.publish(publication(7)), { status: 'sent', id: 'id-7', queueUrl: url, instanceId: null })
  t.same(requests, ['SendMessageCommand'])
  const [message] = await received(url, 1)
  t.match(message?.MessageAttributes, { addressee: { StringValue: 'client-7' }, id: { StringValue: 'id-7' } })
})
