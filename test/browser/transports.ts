import type { Test } from 'tap'
import { act, type BrowserWorld, type Transport } from '../support/browser.ts'

/** Each of these transports brings notifications to the page, whichever instance holds the client. */
export function bringsNotifications(t: Test, world: BrowserWorld, transports: readonly Transport[]): void {
  for (const transport of transports) {
    const client = `by ${transport}`
    t.test(`${transport} brings a notification from another instance once, whichever instance holds it`, async (t) => {
      const { page, complaints } = await world.open(await world.profile(t))
      await act.signIn(page, client, transport)
      await page.getByText(/^Instance 1 · /).waitFor()
      await act.register(page)
      await act.call(page, '{"pages":12}', 'Instance 2')
      await act.shows(page, '{"pages":12}')
      await act.publish(page, client, 'through its own', 'Instance 1')
      await act.shows(page, 'through its own')

      await page.getByRole('radio', { name: 'Instance 2' }).check()
      await page.getByText(/^Instance 2 · /).waitFor()
      await act.connected(page)
      await act.call(page, 'called after the move', 'Instance 1')
      await act.shows(page, 'called after the move')
      t.same(await act.bodies(page), ['called after the move', 'through its own', '{"pages":12}'])

      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('Not signed in').waitFor()
      await world.acknowledged(client)
      t.same(complaints.said, [], 'the page logged no errors')
    })
  }
}
