import type { Pool } from './adapters/postgres/pool.ts'
import type { Finding } from './handlers/condition.ts'
import type { IssuerKeys } from './http/issuer-keys.ts'

interface Watched {
  readonly pool: Pool
  readonly keys: IssuerKeys
  /** `ok`, or what last went wrong at the queue; null before the first answer. */
  readonly queueHealth: () => string | null
}

/** Looks at everything that serving a newcomer needs. Reasons name what fails, never an address or a credential. */
export async function checkHealth({ pool, keys, queueHealth }: Watched): Promise<Record<string, Finding>> {
  const [database, known] = await Promise.all([
    pool.check().then(
      () => true,
      () => false,
    ),
    keys.known || keys.refresh().then(() => keys.known),
  ])
  const queue = queueHealth()
  return {
    database: database ? 'ok' : { code: 'ERROR_DB_UNEXPECTED_ERROR', reason: 'the database does not answer' },
    queue:
      queue === 'ok'
        ? 'ok'
        : {
            code: 'ERROR_SQS_UNEXPECTED_ERROR',
            reason: queue === null ? 'the queue was not yet received from' : `receiving from the queue fails: ${queue}`,
          },
    keys: known ? 'ok' : { code: 'ERROR_KEYS_UNAVAILABLE', reason: "the issuer's keys could not be fetched" },
  }
}
