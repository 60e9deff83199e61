import { readdir, readFile } from 'node:fs/promises'

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export const shippedMigrations = new URL('./migrations/', import.meta.url)

/** Files named like `0001-instances-and-sessions.sql`, in order. Two with one number would hide each other. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(folder)).sort()) {
    const [, digits, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
    if (digits === undefined || name === undefined) throw new Error(`${file} is not named like a migration`)
    const version = Number(digits)
    if (migrations.at(-1)?.version === version) throw new Error(`two migrations have the number ${digits}`)
    migrations.push({ version, name, sql: await readFile(new URL(file, folder), 'utf8') })
  }
  return migrations
}

/** Returns the names that a migration takes: of its tables, indexes and views. */
export function namesIn({ sql }: Migration): string[] {
  const statements = sql.replace(/--.*$/gm, '')
  return Array.from(statements.matchAll(/\bcreate (?:table|(?:unique )?index|view) (\w+)/g), ([, name = '']) => name)
}
