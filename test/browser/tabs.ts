import type { BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { act, type BrowserWorld, type Transport } from '../support/browser.ts'

/** Returns how many tabs of this profile hold the connection, and how many wait for it. */
function turns(page: Page): Promise<readonly [held: number, waiting: number]> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query()
    return [held.length, pending.length] as const
  })
}

/** Opens a second tab like a person, and waits until it gets its notifications from the first tab. */
async function openSecondTab(profile: BrowserContext, first: Page): Promise<Page> {
  const opened = profile.waitForEvent('page')
  await first.getByRole('link', { name: 'Open a second tab' }).click()
  const second = await opened
  await until(async () => (await turns(first))[1] === 1)
  return second
}

/** Tabs of one browser share a connection by one of the transports of the client library. */
export function sharesTabs(
  t: Test,
  world: BrowserWorld,
  transport: Extract<Transport, 'Long poll' | 'SSE over fetch'>,
): void {
  t.test(`two tabs share one request by ${transport}; when one is closed, the other takes over`, async (t) => {
    const profile = await world.profile(t)
    const { page: first } = await world.open(profile)
    await act.signIn(first, `tabs by ${transport}`, transport)
    await act.register(first)
    const second = await openSecondTab(profile, first)
    await second.getByRole('button', { name: 'Sign out' }).waitFor()
    t.same(await turns(second), [1, 1])
    t.equal(await world.heldPolls(0), 1, 'the service holds one poll')

    await act.call(first, 'for both', 'Instance 2')
    await Promise.all([act.shows(first, 'for both'), act.shows(second, 'for both')])
    t.match(await second.getByRole('status').first().textContent(), 'is connected by')
    const path = await act.register(second)
    await first.close()
    await until(async () => (await turns(second))[1] === 0)
    await fetch(world.urls[1] + path, { method: 'POST', body: 'for the one that is left' })
    await act.shows(second, 'for the one that is left')
    t.same(await act.bodies(second), ['for the one that is left', 'for both'])
    await until(async () => (await world.heldPolls(0)) === 1)
  })
}

/** Tabs whose transports are no matter of the client library share nothing. */
export function haveConnectionsOfTheirOwn(t: Test, world: BrowserWorld): void {
  t.test('tabs with connections of their own each get every notification', async (t) => {
    const profile = await world.profile(t)
    const tabs = [(await world.open(profile)).page, (await world.open(profile)).page]
    const [first, second] = tabs
    if (first === undefined || second === undefined) return
    await act.signIn(first, 'carol', 'WebSocket')
    await act.signIn(second, 'carol', 'EventSource')
    t.equal(await world.heldPolls(0), 2)
    await act.publish(first, 'carol', 'for each', 'Instance 2')
    await Promise.all(tabs.map((tab) => act.shows(tab, 'for each')))
    for (const tab of tabs) t.same(await act.bodies(tab), ['for each'])
  })
}
