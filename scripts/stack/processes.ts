import { execFileSync } from 'node:child_process'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly state: string
  /** Its command line. */
  readonly args: string
}

/** Returns the processes of this machine at this moment. */
export function processes(): Process[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [, pid, parent, state = '', args = ''] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? []
      return { pid: Number(pid), parent: Number(parent), state, args }
    })
}

/** Returns a process and its children. */
export function familyOf(parent: number): readonly number[] {
  return processes()
    .filter((process) => process.pid === parent || process.parent === parent)
    .map(({ pid }) => pid)
}

/** A zombie that nobody has waited for runs no more. */
export function isRunning(pid: number): boolean {
  return processes().some((process) => process.pid === pid && !process.state.startsWith('Z'))
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended in the meantime.
    }
  }
}
