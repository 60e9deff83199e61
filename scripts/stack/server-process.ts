import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ward } from './last-resort.ts'
import { projectFolder } from './project.ts'

/** The time for leaving: an instance answers its held polls, and waits for a receive of up to 20 s to run out. */
export const stopPatienceMs = 30_000
/** The number of characters of the output that are kept for error messages. */
const keptOutput = 20_000

/** How a process ended: by an exit code, or by a signal. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** An instance of the service, or another server that logs as it does, in a process of its own. */
export interface ServerProcess {
  readonly pid: number
  /** Resolves with the port when the process logs that it listens; rejects when it ends before. Needs kept output. */
  readonly listening: Promise<number>
  /** Resolves when the process has ended, for whatever reason, and its output has been read. */
  readonly exited: Promise<Exit>
  /** How the process ended; null while it runs. */
  readonly exit: Exit | null
  /** True once the process was killed because it did not leave in time. */
  readonly isStuck: boolean
  /** The end of its output; empty where the output goes to the terminal. */
  output(): string
  signal(signal: NodeJS.Signals): void
  /** Asks the process to leave, once: a second signal would tell an instance to leave at once. */
  askToLeave(): void
  /** Asks the process to leave and waits; past the patience it is killed, with the processes that it has started. */
  stop(): Promise<Exit>
  /** Ends the process without a word, and waits. */
  kill(): Promise<Exit>
}

interface Options {
  /** The arguments of Node: its own options, and the file to run. */
  readonly args: readonly string[]
  /** The whole environment but for `PATH` and Node's cache of compiled code. */
  readonly env: Readonly<Record<string, string>>
  /** Where its output goes: to this terminal, or into lines that are kept. */
  readonly output?: 'terminal' | 'kept'
  /** Called with each line of kept output. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** The time for leaving before `stop` kills; `stopPatienceMs` by default. */
  readonly patienceMs?: number
}

/** Starts a server in a process of its own, which ends with this one, and waits for nothing. */
export function startServerProcess(options: Options): ServerProcess {
  const { args, env, output = 'kept', onLine = () => {}, patienceMs = stopPatienceMs } = options
  const child = ward(
    spawn(process.execPath, args, {
      cwd: projectFolder,
      env: { ...inherited(), ...env },
      stdio: output === 'terminal' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      // In a process group of its own Ctrl-C does not reach it; its owner stops it, and before what it needs.
      detached: true,
    }),
  )
  const listening = Promise.withResolvers<number>()
  // The port is not of interest to every owner.
  listening.promise.catch(() => {})
  let kept = ''
  readLines(child, (line, stream) => {
    kept = `${kept}${line}\n`.slice(-keptOutput)
    const port = portIn(line)
    if (port !== null) listening.resolve(port)
    onLine(line, stream)
  })
  let exit: Exit | null = null
  const exited = exitOf(child)
  exited.then(
    (how) => {
      exit = how
      listening.reject(new Error(`the process ended before it listened (${describeExit(how)})\n${kept}`))
    },
    (error) => listening.reject(error),
  )
  let isAsked = false
  let isStuck = false
  const askToLeave = () => {
    if (!isAsked) child.kill('SIGTERM')
    isAsked = true
  }
  return {
    pid: child.pid ?? 0,
    listening: listening.promise,
    exited,
    get exit() {
      return exit
    },
    get isStuck() {
      return isStuck
    },
    output: () => kept,
    signal: (signal) => void child.kill(signal),
    askToLeave,
    async stop() {
      askToLeave()
      const patience = setTimeout(() => {
        isStuck = killGroup(child)
      }, patienceMs)
      try {
        return await exited
      } finally {
        clearTimeout(patience)
      }
    },
    kill() {
      child.kill('SIGKILL')
      return exited
    },
  }
}

/** Half of a start is compiling. Where this process has a cache of compiled code, the other uses it too. */
function inherited(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  return { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) }
}

function readLines(child: ChildProcess, onLine: (line: string, stream: 'stdout' | 'stderr') => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name]
    if (stream !== null) createInterface(stream).on('line', (line) => onLine(line, name))
  }
}

/** Returns the port of the line that says that the server listens; null for any other line. */
function portIn(line: string): number | null {
  if (!line.includes('"msg":"listening"')) return null
  const [, port] = /"port":(\d+)/.exec(line) ?? []
  return port === undefined ? null : Number(port)
}

/**
 * Kills the process and those of its group: each of several instances is a child, which may be the one that hangs, and keeps
 * the output of the whole open. Returns whether there was any.
 */
function killGroup({ pid }: ChildProcess): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, 'SIGKILL')
  } catch {
    return false
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>()
  child.once('close', (code, signal) => resolve({ code, signal }))
  child.once('error', reject)
  return promise
}

/** "exit code 1" or "SIGKILL". */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`
}
