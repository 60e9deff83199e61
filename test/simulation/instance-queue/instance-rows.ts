import type { Instances } from '../../../src/adapters/postgres/instances.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** The table of instances as one of them sees it. Who is silent is found by the simulated time. */
export function instanceRows({ world, realm, process }: InstanceQueueInstance): Instances {
  const { table } = realm
  const call = <T>(perform: () => T) => world.call(process, perform)
  return {
    register: ({ id, queueUrl }) => call(() => table.register(id, queueUrl)),
    heartbeat: (id) => call(() => table.heartbeat(id)),
    fenceDead: () =>
      call(() => {
        table.fence()
        return []
      }),
    markLeaving: (id) => call(() => table.markDead(id)),
    // The rest is asked by others than its membership.
    deadInstances: async () => [],
    findLive: async () => null,
    remove: async () => {},
  }
}
