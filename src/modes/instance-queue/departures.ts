import type { Mailboxes } from '../../delivery/mailboxes.ts'
import type { Forwarding } from '../../delivery/peers/forwarding.ts'
import type { SessionRecords } from './session-records.ts'

/** Told of clients that are at another instance since a certain time of the database's clock, with their cursors. */
export interface Departures {
  (clientId: string, recordedAt: number, cursors?: readonly string[]): void
  /** Another process has taken over the id of this one: from now on leases go back to the queue that both receive from. */
  superseded(): void
}

interface Needs {
  readonly records: SessionRecords
  readonly delivery: Forwarding
  readonly mailboxes: Mailboxes
}

/** Lets a client go that another instance has recorded: what is left of it here is sent after it. */
export function departures({ records, delivery, mailboxes }: Needs): Departures {
  let isSuperseded = false
  const departed = (clientId: string, recordedAt: number, cursors: readonly string[] = []): void => {
    if (!records.hasLeft(clientId, recordedAt)) return
    if (!isSuperseded) return delivery.moved(clientId, cursors)
    mailboxes.clientMoved(clientId, cursors)
    mailboxes.release(clientId)
  }
  return Object.assign(departed, {
    superseded() {
      isSuperseded = true
      const addressees = new Set(mailboxes.waiting.map(({ notification }) => notification.addressee))
      for (const clientId of addressees) if (!mailboxes.clients.isHere(clientId)) mailboxes.release(clientId)
    },
  })
}
