import { collect, hold } from './poll.ts'
import { expect, instanceId, type Step, sendOrder, untilHeld, whereIs } from './world.ts'

/** Clients leave and come back, at the same instance or at another. */
export const movingSteps: readonly Step[] = [
  {
    title: 'Alice hangs up, a notification is sent to her, and she comes back',
    async run(world) {
      const { first, tokens } = world
      const hangUp = new AbortController()
      const held = hold(first.url, tokens.alice, 20, hangUp.signal).then(
        () => 'answered',
        () => 'hung up',
      )
      await untilHeld(first)
      const { queueUrl } = await whereIs(world, 'alice')
      hangUp.abort()
      expect((await held) === 'hung up', 'her poll was answered although she hung up')
      const { message } = await sendOrder(world, queueUrl, 'alice', 61)
      const [notification] = await collect(first.url, tokens.alice, 1)
      expect(notification?.body === message.body, `she got ${notification?.body}`)
      return `the notification has waited for her: 200 ${message.body}`
    },
  },
  {
    title: 'Alice moves to the second instance; a publisher with an old look-up sends to the first one',
    async run(world) {
      const { second, tokens } = world
      const before = await whereIs(world, 'alice')
      const id = await instanceId(second)
      const held = hold(second.url, tokens.alice, 20)
      await whereIs(world, 'alice', (session) => session.instanceId === id)
      const { message, at } = await sendOrder(world, before.queueUrl, 'alice', 62)
      const answer = await held
      expect(answer.notifications[0]?.body === message.body, `her poll was answered with ${answer.status}`)
      return `the second instance answers: 200 ${message.body}, after ${Math.round(answer.at - at)} ms`
    },
  },
]
