import t, { type Test } from 'tap'
import { type BrowserWorld, skip, startBrowserWorld, transports } from '../support/browser.ts'
import { runsDocumentedCode } from './documented-code.ts'
import { survivesInterruptions } from './interruptions.ts'
import { isUsable } from './page.ts'
import { sendsInEveryWay } from './sending.ts'
import { sharesTabs } from './tabs.ts'
import { bringsNotifications } from './transports.ts'

/** The suites of a mode share a stack and a browser, whose start takes longer than most of their tests. */
function play(mode: 1 | 2, suites: Readonly<Record<string, (t: Test, world: BrowserWorld) => unknown>>): void {
  t.test(`in mode ${mode}`, { skip }, async (t) => {
    const world = await startBrowserWorld(t, mode)
    for (const [title, suite] of Object.entries(suites)) await t.test(title, async (t) => suite(t, world))
  })
}

play(1, {
  'the page gets notifications': (t, world) => bringsNotifications(t, world, transports),
  'the page can be used by everybody': isUsable,
  'tabs of a browser share what they can': sharesTabs,
  'a page runs what the documentation shows': runsDocumentedCode,
  'the page sends in every way': sendsInEveryWay,
  // The last suite, since it restarts an instance.
  'a connection that is interrupted loses nothing': survivesInterruptions,
})

play(2, {
  // Transports know no modes. One that sends its token and one that needs a ticket show that the page works in this mode.
  'the page gets notifications': (t, world) => bringsNotifications(t, world, ['Long poll', 'EventSource']),
})
