import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's "database is locked": somebody else has it. */
const busy = 5
/** Long enough for the short look that `isLocked` of another script takes. */
const patienceMs = 500

/**
 * Takes a folder for this process alone; null when another process has it.
 * The lock is SQLite's lock on an empty file: the kernel gives it up with the process, however that ends, so there is
 * no stale lock to judge and no process id to mistake for another.
 */
export function lockFolder(folder: string): Disposable | null {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: patienceMs })
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return null
    throw error
  }
  return { [Symbol.dispose]: () => database.isOpen && database.close() }
}

/** Whether a process has taken the folder at this moment. */
export function isLocked(folder: string): boolean {
  using lock = lockFolder(folder)
  return lock === null
}
