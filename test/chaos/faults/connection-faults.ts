import { cuts } from '../clients/client.ts'
import type { Clients } from '../clients/clients.ts'
import type { Random } from '../random.ts'
import type { Faults } from './fault.ts'

/** The part of all clients whose connections are cut at once. */
const cutShare = 0.1

/** Connections that break, all in the same way. */
export function connectionFaults({ clients, random }: { readonly clients: Clients; readonly random: Random }): Faults {
  return {
    'cut connections': {
      weight: 6,
      async begin() {
        clients.cut(
          random.pick([...cuts]) ?? 'reset',
          clients.ids.filter(() => random.next() < cutShare),
        )
      },
    },
  }
}
