import t from 'tap'
import { transports } from '../support/browser.ts'
import { documentedPlays, runsDocumentedCode } from './documented-code.ts'
import { survivesEnd, survivesExpiry } from './interruptions.ts'
import { isReadable } from './page.ts'
import { play } from './play.ts'
import { sendsByTheAwsCli, showsLines } from './sending.ts'
import { haveConnectionsOfTheirOwn, sharesTabs } from './tabs.ts'
import { bringsNotifications } from './transports.ts'
import { isWoken } from './wake-ups.ts'

// The longest of them, by far, are those that restart an instance for a tab of each transport.
t.setTimeout(600_000)

play(t, 1, {
  'the page gets notifications': (t, world) =>
    bringsNotifications(t, world, ['Long poll', 'SSE over fetch', 'EventSource']),
  'the page can be read': (t, world) => {
    for (const colours of ['light', 'dark'] as const) isReadable(t, world, colours)
  },
  'tabs of a browser share what they can': (t, world) => {
    sharesTabs(t, world, 'Long poll')
    haveConnectionsOfTheirOwn(t, world)
  },
  'a page runs what the documentation shows': (t, world) => {
    for (const [name, documented] of Object.entries(documentedPlays)) runsDocumentedCode(t, world, name, documented)
  },
  'the page shows the lines that send the same': async (t, world) => {
    await showsLines(t, world)
    await sendsByTheAwsCli(t, world)
  },
  'a browser is woken': isWoken,
  // The last suite, since it restarts an instance.
  'a connection that is interrupted loses nothing': (t, world) => {
    survivesExpiry(t, world, transports)
    for (const word of ['Stop', 'Kill'] as const) survivesEnd(t, world, word, transports)
  },
})

play(t, 2, {
  // Transports know no modes. One that sends its token and one that needs a ticket show that the page works in this mode.
  'the page gets notifications': (t, world) => bringsNotifications(t, world, ['Long poll', 'EventSource']),
})
