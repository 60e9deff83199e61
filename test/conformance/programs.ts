import { execFileSync } from 'node:child_process'

/** Returns the programs of these that are not installed, in words for a skipped test; an empty text when all are. */
export function missingPrograms(...programs: readonly string[]): string {
  const missing = programs.filter((program) => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
      return false
    } catch {
      return true
    }
  })
  return missing.length === 0 ? '' : `${missing.join(' and ')} not installed`
}
