import t from 'tap'
import { survivesEnd } from './interruptions.ts'
import { isUsable } from './page.ts'
import { play } from './play.ts'
import { sendsMessages } from './sending.ts'
import { sharesTabs } from './tabs.ts'
import { bringsNotifications } from './transports.ts'

// The acts of most readers, each by one transport. The long run has the other acts, and the other transports.
play(t, 1, {
  'the page gets notifications': (t, world) => bringsNotifications(t, world, ['WebSocket']),
  'the page can be used by everybody': isUsable,
  'tabs of a browser share what they can': (t, world) => sharesTabs(t, world, 'SSE over fetch'),
  'the page sends messages': sendsMessages,
  // The last suite, since it restarts an instance.
  'a connection that is interrupted loses nothing': (t, world) => survivesEnd(t, world, 'Kill', ['EventSource']),
})
