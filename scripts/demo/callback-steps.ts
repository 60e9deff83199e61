import { describeExit } from '../stack/server-process.ts'
import { collect, hold } from './poll.ts'
import { expect, instanceId, type Step, whereIs } from './world.ts'

interface Accepted {
  readonly id: string
  readonly status: string
  readonly duplicate: boolean
}

/** Tasks call back, across instances and despite the death of an instance. */
export const callbackSteps: readonly Step[] = [
  {
    title: 'Alice gives a task a callback URL and polls at the second instance; the task calls the first one',
    async run(world) {
      const { first, second, tokens } = world
      const path = await register(first.url, tokens.alice, 'report.done')
      const id = await instanceId(second)
      const held = hold(second.url, tokens.alice, 20)
      await whereIs(world, 'alice', (session) => session.instanceId === id)
      const at = performance.now()
      const accepted = await callBack(first.url + path, '{"pages":12}')
      const answer = await held
      const [notification] = answer.notifications
      expect(notification?.body === '{"pages":12}', `her poll was answered with ${answer.status}`)
      const repeated = await callBack(first.url + path, '{"pages":12}')
      expect(
        repeated.duplicate && repeated.id === accepted.id,
        `the repeated call was answered with ${JSON.stringify(repeated)}`,
      )
      const ms = Math.round(answer.at - at)
      return `202 ${accepted.status}, and 200 ${notification.subject} ${notification.body} after ${ms} ms; the repeated call: 202, a duplicate`
    },
  },
  {
    title: 'A third instance takes a callback for Carol, who is away, and is killed; she polls at the second one',
    async run({ stack, second }) {
      const [, , third] = stack.services
      expect(third !== undefined, 'there is no third instance')
      const token = await stack.token('carol')
      const path = await register(third.url, token, 'report.done')
      const { status } = await callBack(third.url + path, '{"pages":13}')
      process.kill(third.pid, 'SIGKILL')
      const end = describeExit(await third.exited)
      const asked = performance.now()
      const [notification] = await collect(second.url, token, 1)
      expect(notification?.body === '{"pages":13}', `she got ${notification?.body}`)
      const ms = Math.round(performance.now() - asked)
      return `202 ${status}, ${end}, and 200 ${notification.subject} ${notification.body} after ${ms} ms`
    },
  },
]

/**
 * Creates a registration. Returns the path of its callback URL, since a load balancer may lead a task to any instance.
 */
async function register(serviceUrl: string, token: string, subject: string): Promise<string> {
  const answer = await fetch(`${serviceUrl}/registrations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subject, ttlSeconds: 3_600 }),
    signal: AbortSignal.timeout(5_000),
  })
  const text = await answer.text()
  expect(answer.status === 201, `a registration was answered with ${answer.status}: ${text}`)
  return new URL((JSON.parse(text) as { callbackUrl: string }).callbackUrl).pathname
}

async function callBack(url: string, body: string): Promise<Accepted> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'job-17' },
    body,
    signal: AbortSignal.timeout(5_000),
  })
  const text = await answer.text()
  expect(answer.status === 202, `a callback was answered with ${answer.status}: ${text}`)
  return JSON.parse(text) as Accepted
}
