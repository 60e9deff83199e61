import { InstanceDead } from '../../adapters/postgres/announcement.ts'
import type { PostgresSessions } from '../../adapters/postgres/sessions.ts'
import type { Sessions } from '../../delivery/ports.ts'

/** Taken for dead: the client is recorded under the new id, as soon as there is one. */
export function recordAnew(sessions: PostgresSessions, rejoin: () => Promise<void>): Pick<Sessions, 'announce'> {
  return {
    async announce(clientId) {
      try {
        await sessions.announce(clientId)
      } catch (error) {
        if (!(error instanceof InstanceDead)) throw error
        await rejoin()
        await sessions.announce(clientId)
      }
    },
  }
}
