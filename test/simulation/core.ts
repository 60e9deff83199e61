import type * as Acknowledging from '../../src/delivery/acknowledgements.ts'
import type * as Arriving from '../../src/delivery/arrivals.ts'
import type * as Delivering from '../../src/delivery/deliver.ts'
import type * as Leasing from '../../src/delivery/lease.ts'
import type * as Holding from '../../src/delivery/mailboxes.ts'
import type * as Storing from '../../src/delivery/pending.ts'
import type * as Telling from '../../src/delivery/told.ts'

/** The delivery core under simulation: the real one, or a copy with a fault built in. */
export type Core = Pick<typeof Holding, 'Mailboxes'> &
  Pick<typeof Delivering, 'Delivery'> &
  Pick<typeof Leasing, 'Lease'> &
  Pick<typeof Storing, 'PendingLeases'> &
  Pick<typeof Arriving, 'Arrivals'> &
  Pick<typeof Acknowledging, 'acknowledgementsAmongPeers'> &
  Pick<typeof Telling, 'told'>

/** Where the real core is. */
export const realCore = new URL('../../src/delivery/', import.meta.url)

const files = ['mailboxes', 'deliver', 'lease', 'pending', 'arrivals', 'acknowledgements', 'told']

/** Loads the core that is in this folder. */
export async function loadCore(folder: URL = realCore): Promise<Core> {
  const modules = await Promise.all(files.map((name) => import(new URL(`${name}.ts`, folder).href)))
  return Object.assign({}, ...modules) as Core
}
