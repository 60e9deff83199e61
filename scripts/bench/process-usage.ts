import { readFileSync } from 'node:fs'

/** Linux counts the CPU time of processes in hundredths of a second on every machine. */
const ticksPerSecond = 100

/** Returns the CPU time of processes so far: of all threads, in user mode and in the kernel. */
export function cpuSeconds(pids: readonly number[]): number {
  return sum(pids.map((pid) => timesOf(pid).own))
}

/** Returns the CPU time of a process and its children so far, of those that have ended too. */
export function familyCpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const { own, ended } = timesOf(pid)
  return own + ended + (children === '' ? 0 : sum(children.split(' ').map((child) => timesOf(Number(child)).own)))
}

/** Returns the CPU seconds of a process, and of its children that have ended; 0 when it has just ended itself. */
function timesOf(pid: number): { readonly own: number; readonly ended: number } {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === null) return { own: 0, ended: 0 }
  // The name of the program, in parentheses, may contain blanks; utime, stime, cutime and cstime are fields 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (field: number) => Number(fields[field - 3]) / ticksPerSecond
  return { own: seconds(14) + seconds(15), ended: seconds(16) + seconds(17) }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/** Returns the resident memory of processes in KiB. */
export function residentKiB(pids: readonly number[]): number {
  return sum(pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Returns how many files and sockets this process, and each process it starts, may have open. */
export function openFilesLimit(): number {
  const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
  return line?.[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line?.[1])
}

/** Returns the CPU time of this process so far. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
