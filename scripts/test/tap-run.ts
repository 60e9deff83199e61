import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ward } from '../stack/last-resort.ts'
import { projectFolder } from '../stack/project.ts'

interface Options {
  readonly env: NodeJS.ProcessEnv
  /** Ends tap with the signal that is its reason. */
  readonly signal: AbortSignal
  /** Called with each line of TAP. */
  readonly onLine: (line: string) => void
}

/** Lets `tap run` run the tests, with these options of its own. Resolves with its exit code. */
export async function runTap(args: readonly string[], { env, signal, onLine }: Options): Promise<number> {
  const tap = ward(
    spawn(process.execPath, [join(projectFolder, 'node_modules', '.bin', 'tap'), 'run', '--reporter=tap', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      // The leader of a process group, so that its tests can be killed when it is.
      detached: true,
    }),
  )
  const exited = once(tap, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  signal.addEventListener('abort', () => tap.kill(signal.reason as NodeJS.Signals))
  exited.then(() => endGroup(tap))
  for await (const line of createInterface({ input: tap.stdout })) onLine(line)
  const [code, endedBy] = await exited
  if (endedBy) console.error(`tap was ended by ${endedBy}`)
  return code ?? 1
}

/** Kills the tests that tap has left behind, as it does when it is killed. */
function endGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}
