import type * as Watching from '../../src/adapters/sqs/clock-gap.ts'
import type * as Holding from '../../src/delivery/mailboxes.ts'
import type * as Accepting from '../../src/handlers/accept-publication.ts'
import type * as LookingUp from '../../src/handlers/get-receipt.ts'
import type * as Waiting from '../../src/handlers/publisher-wait.ts'
import type * as ClientQueueing from '../../src/modes/client-queue/client-queue.ts'
import type * as InstanceQueueing from '../../src/modes/instance-queue/instance-queue.ts'
import type * as Leaving from '../../src/shutdown.ts'

/** The simulated code of both modes: the core, and the order in which an instance shuts down. */
export type CommonCore = Pick<typeof Holding, 'Mailboxes'> &
  Pick<typeof Watching, 'ClockGap'> &
  Pick<typeof Leaving, 'shutDown'>

/** All of mode 1 down to the statements, the calls to SQS and the requests between instances, and publishers' requests. */
export type InstanceQueueCore = { readonly mode: 1 } & CommonCore &
  Pick<typeof InstanceQueueing, 'instanceQueues'> &
  Pick<typeof Accepting, 'acceptPublication'> &
  Pick<typeof Waiting, 'publisherWait'> &
  Pick<typeof LookingUp, 'getReceipt'>

/** All of mode 2 down to the calls to SQS. */
export type ClientQueueCore = { readonly mode: 2 } & CommonCore & Pick<typeof ClientQueueing, 'clientQueues'>

/** The code under simulation: the real one, or a copy with a fault built in. */
export type Core = InstanceQueueCore | ClientQueueCore

/** Where the real code is. */
export const realSource = new URL('../../src/', import.meta.url)

const common = ['delivery/mailboxes.ts', 'adapters/sqs/clock-gap.ts', 'shutdown.ts']
const publishing = ['handlers/accept-publication.ts', 'handlers/publisher-wait.ts', 'handlers/get-receipt.ts']
const files = {
  1: [...common, 'modes/instance-queue/instance-queue.ts', ...publishing],
  2: [...common, 'modes/client-queue/client-queue.ts'],
}

/** Loads what is simulated of this mode from this folder. */
export async function loadCore(mode: 1 | 2, folder: URL = realSource): Promise<Core> {
  const modules = await Promise.all(files[mode].map((name) => import(new URL(name, folder).href)))
  return Object.assign({ mode }, ...modules) as Core
}
