import t from 'tap'
import { documentedPlays, runsDocumentedCode } from './documented-code.ts'
import { survivesEnd, survivesExpiry } from './interruptions.ts'
import { isReadable, isUsable } from './page.ts'
import { play } from './play.ts'
import { sendsInEveryWay } from './sending.ts'
import { sharesTabs } from './tabs.ts'
import { bringsNotifications } from './transports.ts'
import { isWoken } from './wake-ups.ts'

// Each act has its form here, and each transport takes part in some; the long run has the other pairs of the two.
play(t, 1, {
  'the page gets notifications': (t, world) => bringsNotifications(t, world, ['WebSocket']),
  'the page can be used by everybody': (t, world) => {
    isUsable(t, world)
    isReadable(t, world, 'dark')
  },
  'tabs of a browser share what they can': (t, world) => sharesTabs(t, world, 'SSE over fetch'),
  'a page runs what the documentation shows': (t, world) => {
    const name = 'the loop of the README'
    runsDocumentedCode(t, world, name, documentedPlays[name])
  },
  'the page sends in every way': sendsInEveryWay,
  'a browser is woken': isWoken,
  // The last suite, since it restarts an instance.
  'a connection that is interrupted loses nothing': (t, world) => {
    survivesExpiry(t, world, ['WebSocket'])
    survivesEnd(t, world, 'Kill', ['EventSource'])
  },
})
