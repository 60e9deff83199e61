import { readFileSync } from 'node:fs'

/** The unit of the times that Linux tells in `/proc`, on every machine. */
const tickMs = 10

/**
 * Returns how much of the processor the children of this process took that have ended, and their own ended children; null
 * where the system does not tell.
 */
export function childrenCpuMs(): number | null {
  let stat: string
  try {
    stat = readFileSync('/proc/self/stat', 'utf8')
  } catch {
    return null
  }
  // The second field, the name of the program, may have spaces; `cutime` and `cstime` are the 16th and the 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * tickMs
}
