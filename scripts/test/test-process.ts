import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { ward } from '../stack/last-resort.ts'
import { projectFolder } from '../stack/project.ts'
import { childrenCpuMs } from './children-cpu.ts'

/** The end of a test file's process. */
export interface Ended {
  /** The lines of TAP, as the process wrote them. */
  readonly lines: readonly string[]
  readonly ok: boolean
  readonly ms: number
  /**
   * The CPU time of the process and of all processes that it has started and seen end; null where the system does not tell.
   * When two processes end in the same moment, the first has the time of both.
   */
  readonly cpuMs: number | null
}

/** The CPU time of the children that had ended when this process last looked. */
let cpuMsBefore: number | null = null

/** The time for a file whose tests ask for no other. */
const timeoutSeconds = 240
/** The time by which a process that does not notice its own timeout outlives it. */
const graceMs = 15_000
/** The time in which a process that was told of its timeout writes which tests were open. */
const lastWordsMs = 1_000

/** Runs one test file in a process of its own. When the signal aborts, the process is ended with the signal's reason. */
export async function runTestFile(file: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Ended> {
  const startedAt = performance.now()
  cpuMsBefore ??= childrenCpuMs()
  // How tap tells a process apart that it has spawned; the key is in each message between the two.
  const name = { child: '0', key: `${file} ${startedAt}` }
  const child = ward(
    spawn(process.execPath, [file], {
      cwd: projectFolder,
      env: { ...env, TAP: '1', TAP_TIMEOUT: String(timeoutSeconds), TAP_CHILD_ID: name.child, TAP_CHILD_KEY: name.key },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    }),
  )
  const exited = once(child, 'close')
  let cpuMs: number | null = null
  child.once('exit', () => {
    const total = childrenCpuMs()
    if (total !== null && cpuMsBefore !== null) cpuMs = total - cpuMsBefore
    cpuMsBefore = total
  })
  const giveUp = () => {
    child.send({ tapAbort: 'timeout', ...name }, () => {})
    patience = setTimeout(() => child.kill('SIGKILL'), lastWordsMs)
  }
  let patience = setTimeout(giveUp, timeoutSeconds * 1_000 + graceMs)
  child.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('setTimeout' in message)) return
    clearTimeout(patience)
    const ms = Number(message.setTimeout)
    if (ms > 0) patience = setTimeout(giveUp, ms + graceMs)
  })
  const end = () => child.kill(signal.reason as NodeJS.Signals)
  signal.addEventListener('abort', end)
  const lines: string[] = []
  createInterface({ input: child.stdout as Readable }).on('line', (line) => lines.push(line))
  const [code, endedBy] = await exited
  clearTimeout(patience)
  signal.removeEventListener('abort', end)
  if (endedBy !== null) lines.push(`the process was ended by ${endedBy}`)
  return { lines, ok: code === 0, ms: performance.now() - startedAt, cpuMs }
}
