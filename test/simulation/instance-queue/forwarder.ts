import type { Forwarder } from '../../../src/delivery/peers/forwarding.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** Sending on, as one instance does it: it fails before or after the other queue has it, and late is never. */
export function forwarder({ world, realm, process, name }: InstanceQueueInstance): Forwarder {
  return {
    async send(queueUrl, notification, hops, withinMs) {
      const deadline = world.now + withinMs
      let isThere = false
      try {
        await world.call(process, () => {
          if (world.now > deadline) return
          isThere = true
          world.ledger.sentOn(name, notification)
          realm.queue(queueUrl)?.send(notification, hops)
        })
      } catch (error) {
        // The other queue has it and we cannot know: from here on there are two.
        if (isThere) world.ledger.cause(notification, 'unclear forward')
        throw error
      }
      if (!isThere) throw new Error('not sent in time')
    },
  }
}
