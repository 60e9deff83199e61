import { setTimeout as pause } from 'node:timers/promises'
import { startPushService } from '../stack/push-service.ts'
import { collect } from './poll.ts'
import { expect, type Step, type World } from './world.ts'

/** A push comes within milliseconds; an instance that has missed its chance looks every ten seconds. */
const patienceMs = 15_000

/** A client that is asleep is woken, and comes. */
export const wakeUpSteps: readonly Step[] = [
  {
    title:
      'Erin closes her browser, which lets itself be woken; something is published for her; a push wakes it, and it polls',
    async run(world) {
      const pushService = await startPushService(world.stack.env.VAPID_PUBLIC_KEY ?? null)
      try {
        const token = world.stack.token('erin')
        await register(world, token, pushService.endpoint('browser'))
        const woken = new Promise<number>((resolve) => {
          pushService.onPush = ({ device }) => device === 'browser' && resolve(performance.now())
        })
        const at = performance.now()
        await publish(world, 'erin', '{"order":46}')
        const wokenAt = await Promise.race([woken, pause(patienceMs, null, { ref: false })])
        const [push] = pushService.pushes
        expect(wokenAt !== null && push?.fault === null, `she was not woken: ${push?.fault ?? 'no push came'}`)
        const [notification] = await collect(world.second.url, token, 1)
        expect(notification?.body === '{"order":46}', `she got ${notification?.body}`)
        const ms = Math.round(wokenAt - at)
        return `a push of ${push.length} bytes after ${ms} ms, signed by the service; then 200 ${notification.subject} ${notification.body}`
      } finally {
        await pushService.close()
      }
    },
  },
]

async function register({ first }: World, token: string, endpoint: string): Promise<void> {
  const answer = await fetch(`${first.url}/wake-ups/browser`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    // Nothing is encrypted for the device, so that no key is used.
    body: JSON.stringify({ endpoint, keys: { p256dh: 'unused', auth: 'unused' } }),
    signal: AbortSignal.timeout(5_000),
  })
  expect(answer.status === 204, `the device was answered with ${answer.status}: ${await answer.text()}`)
}

async function publish({ first, stack }: World, addressee: string, body: string): Promise<void> {
  const answer = await fetch(`${first.url}/notifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack.token('shop', { scope: 'notifications:publish' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ addressee, subject: 'order.shipped', body }),
    signal: AbortSignal.timeout(5_000),
  })
  expect(answer.status === 202, `the publication was answered with ${answer.status}: ${await answer.text()}`)
}
