import type { SendMessageCommandInput } from '@aws-sdk/client-sqs'
import t from 'tap'
import { createPublisher, type SqsSender } from '../../src/publisher/publisher.js'

const intakeQueueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/intake'
const base = { addressee: 'alice', subject: 'greeting', body: 'hello' }

/** A publisher, and what it has sent. */
function start() {
  const sent: SendMessageCommandInput[] = []
  const sqs = {
    async send({ input }: { input: SendMessageCommandInput }) {
      sent.push(input)
      return { MessageId: 'm-1' }
    },
  } as unknown as SqsSender
  return { publisher: createPublisher({ sqs, intakeQueueUrl }), sent }
}

t.test('a publisher asks for a receipt with one attribute', async (t) => {
  const { publisher, sent } = start()
  await publisher.publish(base)
  await publisher.publish({ ...base, receipt: false })
  await publisher.publish({ ...base, receipt: true })
  await publisher.publish({ ...base, receipt: true, receiptTo: 'orders.2' })
  const asked = sent.map(({ MessageAttributes = {} }) =>
    Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) =>
      name.startsWith('receipt') ? [`${name}=${StringValue}`] : [],
    ),
  )
  t.same(asked, [[], [], ['receipt=true'], ['receipt-to=orders.2']])
  for (const receiptTo of ['', 'a b', 'ü', 'x'.repeat(65)]) {
    await t.rejects(publisher.publish({ ...base, receiptTo }), TypeError, receiptTo)
  }
  await t.rejects(publisher.publish({ ...base, receipt: 'yes' as never }), TypeError)
})
