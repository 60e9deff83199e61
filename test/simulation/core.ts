import type * as Watching from '../../src/adapters/sqs/clock-gap.ts'
import type * as Storing from '../../src/delivery/intake/pending.ts'
import type * as Leasing from '../../src/delivery/lease.ts'
import type * as Holding from '../../src/delivery/mailboxes.ts'
import type * as Acknowledging from '../../src/delivery/peers/acknowledgements.ts'
import type * as Arriving from '../../src/delivery/peers/dispatch.ts'
import type * as Delivering from '../../src/delivery/peers/forwarding.ts'
import type * as Telling from '../../src/delivery/peers/relay-receiver.ts'
import type * as ClientQueueing from '../../src/modes/client-queue/client-queue.ts'
import type * as Belonging from '../../src/modes/instance-queue/membership.ts'
import type * as Leaving from '../../src/shutdown.ts'

/** What is simulated of mode 1. */
export type InstanceQueueCore = { readonly mode: 1 } & Pick<typeof Holding, 'Mailboxes'> &
  Pick<typeof Delivering, 'Forwarding'> &
  Pick<typeof Leasing, 'Lease'> &
  Pick<typeof Storing, 'PendingLeases'> &
  Pick<typeof Arriving, 'PeerDispatcher'> &
  Pick<typeof Acknowledging, 'acknowledgementsAmongPeers'> &
  Pick<typeof Telling, 'relayReceiver'> &
  Pick<typeof Belonging, 'Membership'>

/** What is simulated of mode 2: all of it down to the calls to SQS. */
export type ClientQueueCore = { readonly mode: 2 } & Pick<typeof Holding, 'Mailboxes'> &
  Pick<typeof ClientQueueing, 'clientQueues'> &
  Pick<typeof Watching, 'ClockGap'> &
  Pick<typeof Leaving, 'shutDown'>

/** The code under simulation: the real one, or a copy with a fault built in. */
export type Core = InstanceQueueCore | ClientQueueCore

/** Where the real code is. */
export const realSource = new URL('../../src/', import.meta.url)

const inCore = [
  'mailboxes',
  'lease',
  'intake/pending',
  'peers/acknowledgements',
  'peers/dispatch',
  'peers/forwarding',
  'peers/relay-receiver',
]
const files = {
  1: [...inCore.map((name) => `delivery/${name}.ts`), 'modes/instance-queue/membership.ts'],
  2: ['delivery/mailboxes.ts', 'modes/client-queue/client-queue.ts', 'adapters/sqs/clock-gap.ts', 'shutdown.ts'],
}

/** Loads what is simulated of this mode from this folder. */
export async function loadCore(mode: 1 | 2, folder: URL = realSource): Promise<Core> {
  const modules = await Promise.all(files[mode].map((name) => import(new URL(name, folder).href)))
  return Object.assign({ mode }, ...modules) as Core
}
