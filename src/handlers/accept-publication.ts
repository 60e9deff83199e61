import type { Reply } from '../contract/operations.ts'
import { addresseeFull, type IntakeLimits } from '../delivery/intake/limits.ts'
import type { Publication, Publishing } from '../delivery/intake/publishing.ts'
import type { Dispatcher } from '../delivery/ports.ts'
import type { TraceContext } from '../delivery/trace-context.ts'
import { noWait, type PublisherWait } from './publisher-wait.ts'

export interface Acceptance {
  readonly publishing: Publishing
  readonly dispatcher: Dispatcher
  readonly limits: IntakeLimits
}

type Accepted = Extract<Reply<'publishNotification'>, { readonly status: 202 }>['body']

/**
 * Stores a publication, and then dispatches it. Rejects with a `Refusal` when it is not stored: too many for its addressee,
 * or an outage.
 */
export async function acceptPublication(
  publication: Publication,
  { publishing, dispatcher, limits }: Acceptance,
  trace: TraceContext | null,
  wait: PublisherWait = noWait,
): Promise<Accepted> {
  limits.publication(publication.addressee)
  // An event may name its own trace, which began before this request.
  const receipt = wait.asking(publication.receipt ?? null)
  const outcome = await publishing.insert({ ...publication, trace: publication.trace ?? trace, receipt })
  switch (outcome.kind) {
    case 'stored': {
      const { id } = outcome.row.notification
      wait.begin({ addressee: publication.addressee, id }, { knownBefore: false })
      return { id, status: await dispatcher.dispatch(outcome.row), duplicate: false }
    }
    case 'duplicate':
      wait.begin({ addressee: publication.addressee, id: outcome.id }, { knownBefore: true })
      return { id: outcome.id, status: await dispatcher.reachOf(publication.addressee), duplicate: true }
    case 'full':
      throw addresseeFull()
    default:
      return outcome satisfies never
  }
}
