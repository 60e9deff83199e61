import { readCursor } from '../cursor.ts'
import type { Mailboxes } from '../mailboxes.ts'
import type { Directory } from './directory.ts'
import type { Relay } from './relay.ts'

/** Acknowledges for a client, at whichever instance it was handed the notifications. */
export interface Acknowledgements {
  /** Acknowledges what the cursor's response held; resolves with how many. Never rejects. */
  byCursor(clientId: string, cursor: string): Promise<number>
  /** Acknowledges by notification ids; resolves with those that named nothing. Never rejects. */
  byIds(clientId: string, ids: ReadonlySet<string>): Promise<{ acknowledged: number; unknown: string[] }>
}

/** For an instance that cannot pass anything on; `note` is called with the cursors that other instances gave. */
export function ownAcknowledgements(
  mailboxes: Mailboxes,
  note: (clientId: string, cursor: string) => void,
): Acknowledgements {
  return {
    async byCursor(clientId, text) {
      const cursor = readCursor(text)
      if (cursor !== null && !mailboxes.cursors.isOwn(cursor)) note(clientId, text)
      return mailboxes.acknowledgeCursor(clientId, text)
    },
    byIds: async (clientId, ids) => mailboxes.acknowledgeIds(clientId, ids),
  }
}

/**
 * Tells the instance that gave a cursor that its client acknowledges it; resolves with how many notifications that were.
 * Never rejects: a message that does not arrive only means a further copy.
 */
export type PassCursorOn = (clientId: string, cursor: string) => Promise<number>

interface Peers {
  readonly relay: Relay
  readonly directory: Directory
}

export function passCursorOn({ relay, directory }: Peers): PassCursorOn {
  return async (clientId, text) => {
    const cursor = readCursor(text)
    if (cursor === null) return 0
    try {
      const peer = await directory.instance(cursor.instanceId)
      return peer === null ? 0 : (await relay.tell(peer, { kind: 'cursor', clientId, cursor: text })).acknowledged
    } catch {
      return 0
    }
  }
}

interface Needs extends Peers {
  readonly mailboxes: Mailboxes
  readonly passOn: PassCursorOn
}

/** Acknowledges what was handed over here, and passes on what other instances have handed over. */
export function acknowledgementsAmongPeers({ mailboxes, relay, directory, passOn }: Needs): Acknowledgements {
  return {
    async byCursor(clientId, text) {
      const cursor = readCursor(text)
      if (cursor === null) return 0
      if (mailboxes.cursors.isOwn(cursor)) return mailboxes.acknowledgeCursor(clientId, text)
      return cursor.instanceId === mailboxes.instanceId ? 0 : passOn(clientId, text)
    },

    async byIds(clientId, ids) {
      const here = mailboxes.acknowledgeIds(clientId, ids)
      if (here.unknown.length === 0) return here
      try {
        const peer = await directory.find(clientId)
        if (peer === null || peer.id === mailboxes.instanceId) return here
        const there = await relay.tell(peer, { kind: 'ids', clientId, ids: here.unknown })
        return { acknowledged: here.acknowledged + there.acknowledged, unknown: [...there.unknown] }
      } catch {
        return here
      }
    },
  }
}
