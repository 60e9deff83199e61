import { collect, hold } from './poll.ts'
import { expect, lookUp, receiveOne, type Step, sendOrder, untilHeld } from './world.ts'

/** Mode 2: every client has a queue of its own, which does not depend on the instance, and there is no database. */
export const clientQueueSteps: readonly Step[] = [
  {
    title: 'Alice holds a poll; a publisher sends to her queue',
    async run(world) {
      const { first, tokens } = world
      const held = hold(first.url, tokens.alice, 20)
      await untilHeld(first)
      const { queueUrl } = await lookUp(world, 'alice')
      expect(queueUrl !== null, 'she has no queue')
      const { message, at } = await sendOrder(world, queueUrl, 'alice', 81)
      const answer = await held
      expect(answer.notifications[0]?.body === message.body, `her poll was answered with ${answer.status}`)
      return `${new URL(queueUrl).pathname}: 200 ${message.body}, ${Math.round(answer.at - at)} ms after it was sent`
    },
  },
  {
    title: 'Three notifications are sent while Alice holds no poll; then she polls at the second instance',
    async run(world) {
      const { second, tokens } = world
      const { queueUrl } = await lookUp(world, 'alice')
      const sent = await Promise.all([82, 83, 84].map((order) => sendOrder(world, queueUrl ?? '', 'alice', order)))
      const received = await collect(second.url, tokens.alice, sent.length)
      const bodies = received.map(({ body }) => body).sort()
      expect(bodies.join() === sent.map(({ message }) => message.body).join(), `she got ${bodies.join()}`)
      return `all three: ${bodies.join(' ')}`
    },
  },
  {
    title: "A notification for Bob is sent to Alice's queue while both wait",
    async run(world) {
      const { second, stack, sqs, tokens } = world
      const polls = [hold(second.url, tokens.alice, 3), hold(second.url, tokens.bob, 3)]
      const { queueUrl } = await lookUp(world, 'alice')
      const { message: sent } = await sendOrder(world, queueUrl ?? '', 'bob', 85)
      const message = await receiveOne(sqs, stack.deadLetterQueueUrl)
      expect(message?.Body === sent.body, 'the message did not reach the dead-letter queue within 15 s')
      for (const { status } of await Promise.all(polls)) expect(status === 204, `a poll was answered with ${status}`)
      return `neither gets the notification, which goes to the dead-letter queue; invalid-reason: ${message.MessageAttributes?.['invalid-reason']?.StringValue}`
    },
  },
]
