import type { Handler } from '../contract/operations.ts'
import type { AcknowledgementWaits } from '../delivery/intake/acknowledgement-waits.ts'
import { type Acceptance, acceptPublication } from './accept-publication.ts'
import { type PublicationReading, readPublication } from './publication.ts'
import { publisherWait } from './publisher-wait.ts'

interface Needs extends Acceptance, PublicationReading {
  /** Callers that wait for an acknowledgement; null where none can be known. */
  readonly waits: AcknowledgementWaits | null
}

/** Stores a notification for a client, dispatches it, and waits for its acknowledgement if the request asks for that. */
export function publishNotification(needs: Needs): Handler<'publishNotification'> {
  return async (input, { trace, onHangUp }) => {
    const wait = publisherWait(input.headers?.prefer, needs.waits, onHangUp)
    return wait.answer(await acceptPublication(readPublication(input, needs), needs, trace, wait))
  }
}
