import type { Handler } from '../contract/operations.ts'
import { type Acceptance, acceptPublication } from './accept-publication.ts'
import { type PublicationReading, readPublication } from './publication.ts'

/** Stores a notification for a client, and then dispatches it. */
export function publishNotification(needs: Acceptance & PublicationReading): Handler<'publishNotification'> {
  return async (input, { trace }) => ({
    status: 202,
    body: await acceptPublication(readPublication(input, needs), needs, trace),
  })
}
