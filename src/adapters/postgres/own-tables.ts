import type { Queries } from './connection.ts'
import { UnfitDatabase } from './refused-settings.ts'
import { tableNames } from './sql-parts.ts'

/** A table of the earlier service. Where it exists, the view of that name for publishers is not made. */
export const earlierTable = 'notifier_instances'

interface Found {
  readonly name: string
  readonly isView: boolean
  /** Whether policies hide rows from this user. */
  readonly isFiltered: boolean
  /** The rights that this user lacks, or null. */
  readonly lacking: string | null
}

/**
 * Rejects with an `UnfitDatabase` when a table of the service is missing, when the user lacks a right on it, or when row
 * security hides rows: without an error, the service would then find no session and no notification.
 */
export async function refuseTables({ query }: Queries, schema: string): Promise<{ readonly hasEarlierTable: boolean }> {
  const found = await query(
    (sql) => sql<Found[]>`
      select
        relname as name, relkind = 'v' as "isView", row_security_active(pg_class.oid) as "isFiltered",
        case
          when not has_schema_privilege(relnamespace, 'usage') then 'usage of the schema'
          when not has_table_privilege(pg_class.oid, 'select') then 'select'
          when not has_table_privilege(pg_class.oid, 'insert') then 'insert'
          when not has_table_privilege(pg_class.oid, 'update') then 'update'
          when not has_table_privilege(pg_class.oid, 'delete') then 'delete'
        end as lacking
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = ${schema} and relname in (
        select jsonb_array_elements_text(${sql.json([...tableNames, earlierTable])})
      )`,
  )
  const byName = new Map(found.map((table) => [table.name, table]))
  const problems = tableNames.flatMap((name) => {
    const table = byName.get(name)
    if (table === undefined) return [`the table ${schema}.${name} is missing`]
    if (table.lacking) return [`the user lacks the right "${table.lacking}" on the table ${schema}.${name}`]
    return table.isFiltered ? [`row security hides rows of the table ${schema}.${name} from the user`] : []
  })
  if (problems.length > 0) throw new UnfitDatabase(`the database cannot be used: ${problems.join('; ')}`)
  return { hasEarlierTable: byName.get(earlierTable)?.isView === false }
}
