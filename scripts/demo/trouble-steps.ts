import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { hold } from './poll.ts'
import { deadLetterStep } from './receipt-steps.ts'
import { expect, instanceId, receiveOne, type Step, sendOrder, whereIs } from './world.ts'

/** An invalid message goes to the dead-letter queue, and an instance shuts down. */
export const troubleSteps: readonly Step[] = [
  {
    title: 'A message without addressee and subject is sent',
    async run(world) {
      const { sqs, stack } = world
      const { queueUrl } = await whereIs(world, 'alice')
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'to whom?' }))
      const message = await receiveOne(sqs, stack.deadLetterQueueUrl)
      expect(message?.Body === 'to whom?', 'the message did not reach the dead-letter queue within 15 s')
      const reason = message.MessageAttributes?.['invalid-reason']?.StringValue
      expect(Boolean(reason), 'the message is in the dead-letter queue, but without a reason')
      return `the message is in the dead-letter queue, invalid-reason: ${reason}`
    },
  },
  deadLetterStep,
  {
    title: 'The first instance is told to stop while Bob holds a poll there',
    async run(world) {
      const { first, tokens } = world
      const id = await instanceId(first)
      const held = hold(first.url, tokens.bob, 30)
      await whereIs(world, 'bob', (session) => session.instanceId === id)
      const asked = performance.now()
      first.askToLeave()
      const answer = await held
      expect(answer.status === 204, `his poll was answered with ${answer.status}`)
      return `204 after ${Math.round(answer.at - asked)} ms: he polls again, and the load balancer leads him to another instance`
    },
  },
  {
    title: 'Bob polls at the second instance, and a notification is sent to him',
    async run(world) {
      const { second, tokens } = world
      const id = await instanceId(second)
      const held = hold(second.url, tokens.bob, 20)
      const { queueUrl } = await whereIs(world, 'bob', (session) => session.instanceId === id)
      const { message } = await sendOrder(world, queueUrl, 'bob', 71)
      const answer = await held
      expect(answer.notifications[0]?.body === message.body, `his poll was answered with ${answer.status}`)
      return `200 ${message.body}`
    },
  },
]
