import type { Directory, Peer } from '../../../src/delivery/peers/directory.ts'
import type { Relay, RelayEntry, RelayResult } from '../../../src/delivery/peers/relay.ts'
import { deletionMs } from '../bounds.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** The relay and the list of instances as one instance sees them: words are lost, late, or heard without an answer. */
export class Peers implements Relay, Directory {
  readonly #instance: InstanceQueueInstance

  constructor(instance: InstanceQueueInstance) {
    this.#instance = instance
  }

  tell(peer: Peer, entry: RelayEntry): Promise<RelayResult> {
    const { world, realm, process, sessions } = this.#instance
    // What a move is measured by is when it was recorded, not when somebody got round to saying so.
    const recordedAt = sessions.recordedAt.get(entry.kind === 'pending' ? '' : entry.clientId) ?? 0
    const { promise, resolve, reject } = Promise.withResolvers<RelayResult>()
    const isLost = () => world.random.chance(world.trouble / 2)
    world.after(400, () => process.io(() => reject(new Error('not heard in time'))))
    if (isLost()) return promise
    world.after(world.hop(), () => {
      const owner = realm.instanceOf(peer.id)
      owner?.process.io(() => {
        const result = owner.receiveRelayed(entry, recordedAt)
        // Whoever hears the answer reads what is stored: what was acknowledged here must not be found there any more.
        const answer = () => {
          if (!isLost()) world.after(world.hop(), () => process.io(() => resolve(result)))
        }
        if (realm.answersEarly) answer()
        else void owner.deleted(deletionMs).then(answer)
      })
    })
    return promise
  }

  async find(clientId: string): Promise<Peer | null> {
    const place = await this.#instance.sessions.find(clientId)
    return place && peerOf(place.id)
  }

  instance(id: string): Promise<Peer | null> {
    const { world, realm, process } = this.#instance
    return world.call(process, () => (realm.table.isLive(id) ? peerOf(id) : null))
  }
}

export function peerOf(id: string): Peer {
  return { id, address: `http://${id}`, relayKey: id, queueUrl: `queue of ${id}` }
}
