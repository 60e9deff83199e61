import { createDatabase } from '../stack/postgres-databases.ts'
import type { InstanceNeeds } from './instance.ts'

let made = 0

/**
 * Returns the needs with a new, empty database. Instances of one database know each other: another one, or one that is
 * still leaving, would be told that its clients have moved, and the same clients at both would move to and fro.
 */
export async function withOwnDatabase<Needs extends InstanceNeeds>(needs: Needs): Promise<Needs> {
  made += 1
  const database = `bench_${made}`
  await createDatabase({ host: '127.0.0.1', ...needs.postgres }, database)
  return { ...needs, postgres: { ...needs.postgres, database } }
}
