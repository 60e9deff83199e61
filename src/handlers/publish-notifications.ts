import type { Handler, Reply } from '../contract/operations.ts'
import type { components } from '../contract/schema.d.ts'
import { elementsOf } from '../delivery/intake/json-members.ts'
import type { Publication } from '../delivery/intake/publishing.ts'
import { Refusal } from '../delivery/refusal.ts'
import { type Acceptance, acceptPublication } from './accept-publication.ts'
import { type PublicationReading, readOwnForm } from './publication.ts'

/**
 * Entries of one request that are stored at the same time where each costs a call: a batch must not keep the requests of
 * others waiting.
 */
const maxStoring = 10

type Result = Reply<'publishNotifications'>['body']['results'][number]

interface Needs extends Acceptance, PublicationReading {
  /** Throws a `Refusal` that names what the contract does not allow in the entry. */
  readonly checkEntry: (entry: unknown) => asserts entry is components['schemas']['Publication']
  /** Logs the refusal of an entry, as that of a request. */
  readonly logRefusal: (refusal: Refusal, traceId: string) => void
}

interface Entry {
  readonly at: number
  readonly publication: Publication
}

/**
 * Stores up to 100 notifications, and dispatches each. Entries do not affect each other; those for one client are stored in
 * their order. Where they do not share statements, the rest gets the same after the first 503: during an outage each would
 * wait for a time limit of its own.
 */
export function publishNotifications(needs: Needs): Handler<'publishNotifications'> {
  return async ({ body: { value, text } }, { traceId, trace }) => {
    const results = new Array<Result>(value.notifications.length)
    let outage: Refusal | null = null
    const refuse = (at: number, error: unknown): void => {
      const refusal = error instanceof Refusal ? error : new Refusal('ERROR_INTERNAL_SERVER_ERROR', { cause: error })
      if (refusal.status === 503) outage ??= refusal
      needs.logRefusal(refusal, traceId)
      // The contract lists the statuses that an entry can have.
      const httpStatus = refusal.status as Extract<Result, { error: unknown }>['httpStatus']
      results[at] = { httpStatus, error: refusal.code, message: refusal.message }
    }
    const store = async ({ at, publication }: Entry): Promise<void> => {
      if (outage !== null) return refuse(at, outage)
      try {
        results[at] = { httpStatus: 202, ...(await acceptPublication(publication, needs, trace)) }
      } catch (error) {
        refuse(at, error)
      }
    }
    const entries = read(value.notifications, text, needs, refuse)
    if (needs.publishing.keepsOrder) await Promise.all(entries.map(store))
    else await inTurn(entries, store)
    return { status: 200, body: { results } }
  }
}

/** Returns the entries that are publications; the others are refused. */
function read(
  notifications: readonly unknown[],
  text: string,
  needs: Needs,
  refuse: (at: number, error: unknown) => void,
): Entry[] {
  const texts = elementsOf(text, 'notifications')
  if (texts === null) {
    throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'the body has a member twice' })
  }
  // An assertion needs a name with an explicit type.
  const checkEntry: Needs['checkEntry'] = needs.checkEntry
  return notifications.flatMap((entry, at) => {
    try {
      checkEntry(entry)
      return [{ at, publication: readOwnForm(entry, texts[at] ?? '', needs) }]
    } catch (error) {
      refuse(at, error)
      return []
    }
  })
}

/** Stores the entries of one addressee one after the other, and those of different addressees side by side. */
async function inTurn(entries: readonly Entry[], store: (entry: Entry) => Promise<void>): Promise<void> {
  const groups = Map.groupBy(entries, ({ publication }) => publication.addressee).values()
  const work = async () => {
    for (const group of groups) for (const entry of group) await store(entry)
  }
  await Promise.all(Array.from({ length: maxStoring }, work))
}
