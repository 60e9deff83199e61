import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { stopPatienceMs } from './service.ts'

const run = promisify(execFile)

/**
 * Ends services that a crash of their parent has left behind. A process counts as ours when its command line names
 * one of this checkout's entries: its id may belong to somebody else by now.
 */
export async function endOrphans(pids: readonly number[], entries: readonly string[]): Promise<number> {
  const orphans: number[] = []
  for (const pid of pids) if (await runs(pid, entries)) orphans.push(pid)
  for (const pid of orphans) tell(pid, 'SIGTERM')
  const deadline = performance.now() + stopPatienceMs
  for (const pid of orphans) {
    while (await runs(pid, entries)) {
      if (performance.now() > deadline) tell(pid, 'SIGKILL')
      await pause(100)
    }
  }
  return orphans.length
}

async function runs(pid: number, entries: readonly string[]): Promise<boolean> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,args=', '-p', String(pid)])
    // A zombie has ended; only nobody has asked for its exit code yet.
    return entries.some((entry) => stdout.includes(entry)) && !stdout.trim().startsWith('Z')
  } catch {
    return false
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}
