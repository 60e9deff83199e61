import { type DatabaseOptions, openPool, type Pool } from '../../src/adapters/postgres/pool.ts'
import { Refusal } from '../../src/delivery/refusal.ts'
import type { Owner } from './postgres.ts'

/** A pool that is closed with its owner, and the sentences it has logged. */
export function openTestPool(
  owner: Owner,
  options: DatabaseOptions & { readonly max?: number; readonly allowLazyCommit?: boolean },
): Pool & { readonly checkWhole: Pool['check']; readonly sentences: readonly string[] } {
  const sentences: string[] = []
  const say = (_fields: object, sentence: string) => sentences.push(sentence)
  const pool = openPool({ allowLazyCommit: true, ...options, log: { info: say, warn: say } })
  owner.teardown(() => pool.close())
  // The pool's own check is remembered for a second.
  const check = () => pool.query((sql) => sql`select 1`, 1_000).then(() => {})
  return { ...pool, check, checkWhole: pool.check, sentences }
}

/** Why a query was refused; throws when it was not. */
export async function refusalOf(query: Promise<unknown>): Promise<Refusal & { cause: Error & { code?: string } }> {
  const error = await query.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Refusal)) throw new Error('not refused', { cause: error })
  return error as Refusal & { cause: Error & { code?: string } }
}
