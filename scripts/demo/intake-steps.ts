import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { collect, hold } from './poll.ts'
import { expect, type Step, untilHeld, type World } from './world.ts'

/** An event as Amazon EventBridge writes it into a queue; its rule has the queue as target, and nothing else. */
const event = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'order.shipped',
  source: 'shop.orders',
  account: '111122223333',
  time: '2026-11-21T20:15:03Z',
  region: 'eu-central-1',
  resources: [],
  detail: { addressee: 'alice', order: 44 },
}

/** A message as Amazon SNS writes it into a queue that has subscribed to a topic without raw message delivery. */
const envelope = {
  Type: 'Notification',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  TopicArn: 'arn:aws:sns:eu-central-1:111122223333:orders',
  Message: '{"order":45}',
  Timestamp: '2026-11-21T20:15:03.120Z',
  MessageAttributes: {
    addressee: { Type: 'String', Value: 'dora' },
    subject: { Type: 'String', Value: 'order.shipped' },
  },
}

/** Senders that know nothing of the service put their messages into its intake queue. */
export const intakeSteps: readonly Step[] = [
  {
    title:
      'EventBridge puts an event for Alice into the intake queue, and knows nothing of instances; she polls at one',
    async run(world) {
      const held = hold(world.second.url, world.tokens.alice, 20)
      await untilHeld(world.second)
      const at = await put(world, event)
      const answer = await held
      const [notification] = answer.notifications
      expect(
        notification?.id === event.id && notification.body === JSON.stringify(event.detail),
        `her poll was answered with ${answer.status} ${notification?.body}`,
      )
      return `200 ${notification.subject} ${notification.body} after ${Math.round(answer.at - at)} ms`
    },
  },
  {
    title: 'SNS puts a message for Dora there, who is away; she polls later',
    async run(world) {
      await put(world, envelope)
      const [notification] = await collect(world.first.url, await world.stack.token('dora'), 1)
      expect(
        notification?.id === envelope.MessageId && notification.body === envelope.Message,
        `she got ${notification?.body}`,
      )
      return `200 ${notification.subject} ${notification.body}`
    },
  },
]

/** Sends the text to the intake queue without any attributes; returns when that was. */
async function put({ sqs, stack }: World, content: object): Promise<number> {
  const at = performance.now()
  await sqs.send(new SendMessageCommand({ QueueUrl: stack.intakeQueueUrl, MessageBody: JSON.stringify(content) }))
  return at
}
