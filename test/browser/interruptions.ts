import type { Page, Request } from 'playwright-core'
import type { Test } from 'tap'
import { act, type BrowserWorld, type Transport } from '../support/browser.ts'

/** Opens a tab for each of the transports, each with a client and a callback URL of its own. */
async function openTabs(t: Test, world: BrowserWorld, transports: readonly Transport[], ttl?: string) {
  const profile = await world.profile(t)
  return Promise.all(
    transports.map(async (transport) => {
      const { page } = await world.open(profile)
      const frames: string[] = []
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))))
      await act.signIn(page, `interrupted by ${transport}`, transport, ttl)
      return { transport, page, frames, path: await act.register(page) }
    }),
  )
}

async function call(world: BrowserWorld, tabs: readonly { readonly path: string }[], body: string): Promise<void> {
  for (const { path } of tabs) await fetch(world.urls[1] + path, { method: 'POST', body })
}

async function interruptions(page: Page): Promise<string | null> {
  return page.locator('#interruptions').textContent()
}

/** Connections by these transports end because their token does. */
export function survivesExpiry(t: Test, world: BrowserWorld, transports: readonly Transport[]): void {
  t.test('an expired token is replaced, and a notification that comes meanwhile arrives once', async (t) => {
    const tabs = await openTabs(t, world, transports, '10 seconds')
    const isForToken = (request: Request) => request.url().includes('/dev/token?client=interrupted')
    await Promise.all(tabs.map(({ page }) => page.waitForRequest(isForToken)))
    await call(world, tabs, 'in another time')
    for (const { page, transport } of tabs) {
      await act.shows(page, 'in another time')
      t.same(await act.bodies(page), ['in another time'], transport)
    }
    for (const { page, transport, frames } of tabs) {
      const said = await interruptions(page)
      if (transport === 'WebSocket') {
        t.match(said, '4401 expired')
        t.ok(frames.includes('{"type":"bye","reason":"expired"}'))
      } else if (transport === 'EventSource') t.match(said, 'expired')
      else t.equal(said, '–', 'the client library replaces the token without an interruption')
    }
  })
}

/** The words of the page that end an instance, and how it has then ended. */
const ends = { Stop: 'exit code 0', Kill: 'SIGKILL' } as const

/** Connections by these transports end because their instance does. */
export function survivesEnd(
  t: Test,
  world: BrowserWorld,
  word: keyof typeof ends,
  transports: readonly Transport[],
): void {
  t.test(
    `clients lose nothing and see no duplicate when the page ends their instance by "${word}", and starts it again`,
    async (t) => {
      const tabs = await openTabs(t, world, transports)
      await call(world, tabs, 'before')
      await Promise.all(tabs.map(({ page }) => act.shows(page, 'before')))
      const [{ page: control } = {}] = tabs
      if (control === undefined) return
      const instance = control.getByRole('region', { name: 'Instances' }).getByRole('listitem').first()
      const press = (word: string) => instance.getByRole('button', { name: `${word} Instance 1` })
      await press(word).click()
      await instance.filter({ hasText: `has ended: ${ends[word]}` }).waitFor()
      t.equal(await press(word).getAttribute('aria-disabled'), 'true')
      await call(world, tabs, 'meanwhile')
      const stored = control.locator('#queues div', { hasText: 'Stored in PostgreSQL' })
      await stored.getByText(/^[1-9]\d*$/).waitFor()
      await press('Start').click()
      await instance.filter({ hasText: 'runs on port' }).waitFor()
      await call(world, tabs, 'after')
      for (const { page, transport } of tabs) {
        await Promise.all([act.shows(page, 'meanwhile'), act.shows(page, 'after')])
        await act.connected(page)
        t.same((await act.bodies(page)).sort(), ['after', 'before', 'meanwhile'], transport)
        t.match(await interruptions(page), /^\d+, last: /)
      }
    },
  )
}
