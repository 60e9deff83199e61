import type { Test } from 'tap'
import { type BrowserWorld, skip, startBrowserWorld } from '../support/browser.ts'

/** Plays the suites in this mode. They share a stack and a browser, whose start takes longer than most of their tests. */
export function play(
  t: Test,
  mode: 1 | 2,
  suites: Readonly<Record<string, (t: Test, world: BrowserWorld) => unknown>>,
): void {
  t.test(`in mode ${mode}`, { skip }, async (t) => {
    const world = await startBrowserWorld(t, mode)
    for (const [title, suite] of Object.entries(suites)) await t.test(title, async (t) => suite(t, world))
  })
}
