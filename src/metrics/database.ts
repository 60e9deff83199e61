import type { StoredMeasure } from '../adapters/postgres/stored-measure.ts'
import type { WatchedDatabase } from '../modes/mode.ts'
import type { Families } from './families.ts'

/** Every instance counts the same rows, so none of them does it more often than a collector usually asks. */
const measureEveryMs = 15_000
/** A measure that is older is not shown: while the database is away there is none. */
const maxAgeMs = 60_000

/** Adds the metrics of the database (mode 1). `now` returns milliseconds that only go forward. */
export function addDatabase(families: Families, database: WatchedDatabase | null, now: () => number): void {
  const statements = Object.entries(database?.statements ?? {})
  const lanes = Object.entries(database?.lanes ?? {})
  const measured = remembered(database, now)
  /** Some statements never run in an instance; each would be a dozen lines. */
  const ran = () => statements.filter(([, { seconds }]) => seconds.count > 0)
  families.histograms(
    {
      name: 'statement_seconds',
      help: 'Time of a statement, its wait for a connection included, by its name (mode 1).',
      labels: ['statement'],
    },
    () => ran().map(([statement, { seconds }]) => [{ statement }, seconds] as const),
  )
  families.counters(
    { name: 'statement_errors', help: 'Statements that failed, by their name (mode 1).', labels: ['statement'] },
    () => statements.map(([statement, { failed }]) => [{ statement }, failed] as const),
  )
  families.gauges(
    {
      name: 'database_connections',
      help: 'Connections to PostgreSQL that are open or being opened, by what they are for (mode 1).',
      labels: ['lane'],
    },
    () => lanes.map(([lane, { size }]) => [{ lane }, size] as const),
  )
  families.gauges(
    {
      name: 'database_waiting',
      help: 'Statements that wait for a connection, by what the connections are for (mode 1).',
      labels: ['lane'],
    },
    () => lanes.map(([lane, { waiting }]) => [{ lane }, waiting] as const),
  )
  families.gauge(
    {
      name: 'stored',
      help: 'Notifications stored in the database, of all instances, up to 100000; absent while it is away (mode 1).',
    },
    () => measured()?.rows ?? null,
  )
  families.gauge(
    {
      name: 'stored_oldest_seconds',
      help: 'Age of the oldest of the notifications that are counted; absent while the database is away (mode 1).',
    },
    () => measured()?.oldestSeconds ?? null,
  )
}

/** Returns how to read the last measure. A reading never waits: it begins a measure that a later reading shows. */
function remembered(database: WatchedDatabase | null, now: () => number): () => StoredMeasure | null {
  let last: { readonly at: number; readonly measure: StoredMeasure } | null = null
  let begunAt = Number.NEGATIVE_INFINITY
  return () => {
    if (database !== null && now() - begunAt >= measureEveryMs) {
      begunAt = now()
      database.measureStored().then(
        (measure) => {
          last = { at: now(), measure }
        },
        () => {},
      )
    }
    return last === null || now() - last.at > maxAgeMs ? null : last.measure
  }
}
