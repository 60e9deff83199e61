import type { Handler, Reply } from '../contract/operations.ts'
import type { components } from '../contract/schema.d.ts'
import { elementsOf } from '../delivery/intake/json-members.ts'
import type { Publication } from '../delivery/intake/publishing.ts'
import { Refusal } from '../delivery/refusal.ts'
import { type Acceptance, acceptPublication } from './accept-publication.ts'
import { type PublicationReading, readOwnForm } from './publication.ts'

/** So many statements of one request are under way at once: a batch must not keep the requests of others waiting. */
const maxAtOnce = 10

type Result = Reply<'publishNotifications'>['body']['results'][number]

interface Needs extends Acceptance, PublicationReading {
  /** Throws a `Refusal` that names what the contract does not allow in the entry. */
  readonly checkEntry: (entry: unknown) => asserts entry is components['schemas']['Publication']
}

interface Entry {
  readonly at: number
  readonly publication: Publication
}

/**
 * Stores up to 100 notifications, and dispatches each. Entries do not affect each other; those for one client are stored in
 * their order.
 */
export function publishNotifications(needs: Needs): Handler<'publishNotifications'> {
  return async ({ body: { value, text } }) => {
    const { notifications } = value
    const results = new Array<Result>(notifications.length)
    let texts: readonly string[] | null = null
    const textAt = (at: number) => {
      texts ??= elementsOf(text, 'notifications')
      if (texts.length !== notifications.length) {
        throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'the body has a member twice' })
      }
      return texts[at] ?? ''
    }
    const byClient = new Map<string, Entry[]>()
    for (const [at, entry] of notifications.entries()) {
      try {
        needs.checkEntry(entry)
        const publication = readOwnForm(entry, () => textAt(at), needs)
        const earlier = byClient.get(publication.addressee)
        if (earlier) earlier.push({ at, publication })
        else byClient.set(publication.addressee, [{ at, publication }])
      } catch (error) {
        results[at] = refused(error)
      }
    }
    const lines = byClient.values()
    const work = async () => {
      for (const line of lines) {
        for (const { at, publication } of line) {
          results[at] = await acceptPublication(publication, needs).then(accepted, refused)
        }
      }
    }
    await Promise.all(Array.from({ length: maxAtOnce }, work))
    return { status: 200, body: { results } }
  }
}

function accepted(body: Reply<'publishNotification'>['body']): Result {
  return { httpStatus: 202, ...body }
}

/** Returns the result of an entry that is refused. Anything else than a refusal is a fault of this service, and is thrown. */
function refused(error: unknown): Result {
  if (!(error instanceof Refusal)) throw error
  const { status, code, message } = error
  return { httpStatus: status as 400, error: code, message }
}
