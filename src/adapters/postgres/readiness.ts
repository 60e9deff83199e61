import { type Finding, Refusal } from '../../delivery/refusal.ts'
import type { Queries } from './connection.ts'

/** Why the database is not ready, in a sentence that may be told to anybody. */
export class NotReady extends Error {
  override readonly name = 'NotReady'
}

/** Readiness is asked for often, by callers with a deadline of their own. */
const deadlineMs = 1_000

interface State {
  readonly isReadOnly: boolean
  /** The names of the settings that are off, and without which a crash loses commits. */
  readonly lazy: string
}

/**
 * Resolves when the database can store a notification for good; rejects with a `Refusal` when it does not answer, or when
 * it cannot: then the cause is a `NotReady`. `onReadOnly` is called when it is a server that cannot be written to.
 */
export async function checkDatabase(
  { query }: Queries,
  { allowLazyCommit, onReadOnly }: { readonly allowLazyCommit: boolean; readonly onReadOnly: () => void },
): Promise<void> {
  const [state] = await query(
    (sql) => sql<State[]>`
      select
        pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly",
        concat_ws(', ',
          case when not current_setting('fsync')::bool then 'fsync' end,
          case when not current_setting('full_page_writes')::bool then 'full_page_writes' end,
          case when current_setting('synchronous_commit') = 'off' then 'synchronous_commit' end
        ) as lazy`,
    deadlineMs,
  )
  if (state === undefined || state.isReadOnly) {
    onReadOnly()
    throw notReady('the database is read-only, as after a failover')
  }
  if (state.lazy !== '' && !allowLazyCommit) {
    throw notReady(
      `in the database ${state.lazy} is off, so an answer 202 would not mean stored; see DB_ALLOW_LAZY_COMMIT`,
    )
  }
}

/** Returns the reason of a rejection of `checkDatabase`, in words that may be told to anybody. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Refusal ? error.cause : null
  return cause instanceof NotReady ? cause.message : 'the database does not answer'
}

/** Returns the outcome of a `checkDatabase`, for readiness. Never rejects. */
export function findingOf(checked: Promise<void>): Promise<Finding> {
  return checked.then(
    () => 'ok',
    (error: unknown) => ({ code: 'ERROR_DB_UNEXPECTED_ERROR', reason: reasonOf(error) }),
  )
}

function notReady(reason: string): Refusal {
  return new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause: new NotReady(reason) })
}
