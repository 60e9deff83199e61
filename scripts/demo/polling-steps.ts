import { collect, hold, poll } from './poll.ts'
import { expect, instanceId, type Step, sendOrder, whereIs } from './world.ts'

/** Polls are refused, answered, and time out; each client gets its own notifications only. */
export const pollingSteps: readonly Step[] = [
  {
    title: 'Two instances are asked for their health',
    async run({ first, second }) {
      const ids = [await instanceId(first), await instanceId(second)]
      expect(ids[0] !== ids[1], 'both instances have the same id')
      return `200 from ${ids.join(' and ')}`
    },
  },
  {
    title: 'A client polls without a token',
    async run({ first }) {
      const answer = await fetch(`${first.url}/notifications`, { signal: AbortSignal.timeout(5_000) })
      const { error } = (await answer.json()) as { error: string }
      expect(answer.status === 401, `a poll without a token was answered with ${answer.status}`)
      return `401 ${error}, WWW-Authenticate: ${answer.headers.get('www-authenticate')}`
    },
  },
  {
    title: 'Alice holds a poll; a publisher looks her up and sends to the queue of her instance',
    async run(world) {
      const { first, tokens } = world
      const held = hold(first.url, tokens.alice, 20)
      const session = await whereIs(world, 'alice')
      const { message, at } = await sendOrder(world, session.queueUrl, 'alice', 42)
      const answer = await held
      const [notification] = answer.notifications
      expect(notification !== undefined, 'the poll was answered without a notification')
      expect(notification.body === message.body, `the body differs from the one that was sent: ${notification.body}`)
      return `200 ${notification.subject} ${notification.body}, ${Math.round(answer.at - at)} ms after it was sent`
    },
  },
  {
    title: 'Alice polls again for 1 s, and no notification is sent',
    async run({ first, tokens }) {
      const { status, appliedPreference } = await poll(first.url, tokens.alice, 1)
      expect(status === 204, `an empty poll was answered with ${status}`)
      expect(appliedPreference === 'wait=1', `Preference-Applied is ${appliedPreference}`)
      return `204, Preference-Applied: ${appliedPreference}`
    },
  },
  {
    title: 'Alice and Bob both wait, and a notification is sent to Bob',
    async run(world) {
      const { first, tokens } = world
      const alice = hold(first.url, tokens.alice, 3)
      const bob = hold(first.url, tokens.bob, 20)
      await whereIs(world, 'alice')
      const { queueUrl } = await whereIs(world, 'bob')
      const { message } = await sendOrder(world, queueUrl, 'bob', 43)
      const [hers, his] = await Promise.all([alice, bob])
      expect(his.notifications[0]?.body === message.body, 'Bob did not get his notification')
      expect(hers.status === 204, `Alice was answered with ${hers.status} and ${JSON.stringify(hers.notifications)}`)
      return `Bob: 200 ${message.body}; Alice: 204`
    },
  },
  {
    title: 'Five notifications are sent to Alice while she holds no poll; then she polls',
    async run(world) {
      const { first, tokens } = world
      const { queueUrl } = await whereIs(world, 'alice')
      const sent = await Promise.all([51, 52, 53, 54, 55].map((order) => sendOrder(world, queueUrl, 'alice', order)))
      const received = await collect(first.url, tokens.alice, sent.length)
      const bodies = received.map(({ body }) => body).sort()
      expect(bodies.join() === sent.map(({ message }) => message.body).join(), `she got ${bodies.join()}`)
      return `all five: ${bodies.join(' ')}`
    },
  },
]
