import type { Forwarding } from '../../delivery/peers/forwarding.ts'
import type { SessionRecords } from './session-records.ts'

/** Told of clients that are at another instance since a certain time of the database's clock, with their cursors. */
export type Departures = (clientId: string, recordedAt: number, cursors?: readonly string[]) => void

/** Lets a client go that another instance has recorded: what is left of it here is sent after it. */
export function departures(records: SessionRecords, delivery: Forwarding): Departures {
  return (clientId, recordedAt, cursors = []) => {
    if (records.hasLeft(clientId, recordedAt)) delivery.moved(clientId, cursors)
  }
}
