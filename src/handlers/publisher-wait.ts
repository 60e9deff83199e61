import type { Caller, Reply } from '../contract/operations.ts'
import type { AcknowledgementWaits, NamedNotification, WaitEnd } from '../delivery/intake/acknowledgement-waits.ts'
import { preferredWait } from '../delivery/preferred-wait.ts'
import type { ReceiptRequest } from '../delivery/receipt.ts'

/** A longer wait is reduced to this one, as that of a poll is to its own. */
const maxSeconds = 30

type Answer = Reply<'publishNotification'>
type Accepted = Extract<Answer, { readonly status: 202 }>['body']

/** The wait of one request for the acknowledgement of what it publishes. */
export interface PublisherWait {
  /** Returns what is to be stored with the notification, so that this instance learns of its acknowledgement. */
  asking(receipt: ReceiptRequest | null): ReceiptRequest | null
  /** Begins to wait. Called when the notification is stored and before anybody is handed it, or for a repeat. */
  begin(named: NamedNotification, stored: { readonly knownBefore: boolean }): void
  /** Resolves with 200 when the client has acknowledged, or with 202 when the wait is over. */
  answer(accepted: Accepted): Promise<Answer>
}

/** A request that does not wait. */
export const noWait: PublisherWait = {
  asking: (receipt) => receipt,
  begin() {},
  answer: async (body) => ({ status: 202, body }),
}

/**
 * Returns the wait that `Prefer: wait=n` (RFC 7240) asks for: none for `wait=0`, where no acknowledgement can be known
 * (`waits` is null), and past the bound on callers that wait, since a preference may be left unheeded. Throws a `Refusal` for
 * a value that is no number of seconds.
 */
export function publisherWait(
  prefer: string | undefined,
  waits: AcknowledgementWaits | null,
  onHangUp: Caller['onHangUp'],
): PublisherWait {
  const asked = preferredWait(prefer)
  if (!asked || !waits?.isOpen) return noWait
  const seconds = Math.min(asked, maxSeconds)
  const headers = { 'preference-applied': `wait=${Math.ceil(seconds)}` }
  let end: Promise<WaitEnd> = Promise.resolve('over')
  return {
    asking: (receipt) => ({ to: receipt?.to ?? null, awaitedAt: waits.instanceId }),
    begin(named, { knownBefore }) {
      end = waits.wait(named, { ms: seconds * 1000, onHangUp, knownBefore })
    },
    async answer(body) {
      if ((await end) === 'over') return { status: 202, body, headers }
      return { status: 200, body: { ...body, status: 'acknowledged' }, headers }
    },
  }
}
