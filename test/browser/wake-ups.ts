import type { CDPSession, Page } from 'playwright-core'
import type { Test } from 'tap'
import { startPushService } from '../../scripts/stack/push-service.ts'
import { until } from '../../scripts/stack/until.ts'
import { blockWith } from '../docs/blocks.ts'
import { act, type BrowserWorld } from '../support/browser.ts'

/** The notifications that the browser shows for the page. */
const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }))
  })

/** Delivers a push without content to the service worker of the page, as the browser's push service does. */
async function deliver(session: CDPSession, origin: string): Promise<void> {
  const found = Promise.withResolvers<string>()
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    for (const { registrationId, scopeURL } of registrations)
      if (scopeURL.startsWith(origin)) found.resolve(registrationId)
  })
  await session.send('ServiceWorker.enable')
  const registrationId = await found.promise
  await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: '' })
  await session.send('ServiceWorker.disable')
}

/** Lets the page register once more, by the code that the documentation shows. */
async function runDocumentedCode(page: Page, { stack, urls }: BrowserWorld): Promise<void> {
  const code = blockWith('wakeThisDevice', 'wake-ups.md')
    .text.replace(/^import (.*) from '.*'/m, "const $1 = await import('/wake-ups.js')")
    .replaceAll('https://notifications.example.org', urls[0])
  const isPut = page.waitForResponse((response) => response.request().method() === 'PUT' && response.status() === 204)
  await page.evaluate(`(async () => {
      const button = document.createElement('button')
      const getToken = async () => '${stack.token('sleeper')}'
      const publicKey = '${stack.env.VAPID_PUBLIC_KEY}'
      ${code}
      button.click()
    })()`)
  await isPut
}

/** A browser whose page is closed is woken, and shows what came. The push services of browsers are out of reach here. */
export function isWoken(t: Test, world: BrowserWorld): void {
  t.test('a browser whose tab is closed is woken by a push, polls, and shows what came', async (t) => {
    const pushService = await startPushService(world.stack.env.VAPID_PUBLIC_KEY ?? null)
    t.teardown(() => pushService.close())
    const profile = await world.profile(t)
    const origin = world.stack.urls.page ?? ''
    await profile.grantPermissions(['notifications'], { origin })
    await profile.addInitScript((endpoint) => {
      const keys = { p256dh: 'unused', auth: 'unused' }
      const subscription = {
        endpoint,
        toJSON: () => ({ endpoint, expirationTime: null, keys }),
        unsubscribe: async () => true,
      }
      PushManager.prototype.subscribe = async () => subscription as unknown as PushSubscription
      PushManager.prototype.getSubscription = async () => subscription as unknown as PushSubscription
    }, pushService.endpoint('browser'))
    const { page, complaints } = await world.open(profile)
    await act.signIn(page, 'sleeper', 'Long poll')
    await page.getByRole('button', { name: 'Wake this browser' }).click()
    await page.getByText('this browser is woken for sleeper').waitFor()
    await runDocumentedCode(page, world)
    await page.close()
    t.same(complaints.said, [])

    await world.publish('sleeper', 'good morning')
    await until(() => pushService.pushes.length > 0)
    t.match(pushService.pushes[0], { device: 'browser', fault: null })
    const other = await profile.newPage()
    await other.goto(`${origin}/dev/icon.svg`)
    const session = await profile.newCDPSession(other)
    await deliver(session, origin)
    await until(async () => (await shown(other)).length > 0)
    t.same(await shown(other), [{ title: 'greeting', body: 'good morning' }])
    await world.acknowledged('sleeper')
  })
}
