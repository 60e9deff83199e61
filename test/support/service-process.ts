import { serviceEntry } from '../../scripts/stack/project.ts'
import { startServerProcess } from '../../scripts/stack/server-process.ts'
import { leaksIn } from './leaks.ts'

/** Sentences about the machine. */
const ofBusyMachine: ReadonlySet<string> = new Set([
  'this process was paused',
  'the event loop was busy and answered nobody',
])

/** One line of the service's log. */
export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** Returns the lines above info, but for those of the start about settings, and those that a busy machine causes. */
export function warningsAmong(lines: readonly LogLine[]): readonly LogLine[] {
  const isAboutSettings = ({ unset, setting }: LogLine) => unset !== undefined || setting !== undefined
  return lines.filter((line) => line.level >= 40 && !isAboutSettings(line) && !ofBusyMachine.has(line.msg))
}

/** The service as a real process, which can be sent real signals. */
export interface ServiceProcess {
  /** `http://127.0.0.1:port`; empty until it listens. */
  readonly url: string
  readonly pid: number
  readonly lines: readonly LogLine[]
  /** Everything it wrote that is no log line. */
  readonly output: string
  /** The lines that have this sentence. */
  all(sentence: string): readonly LogLine[]
  /** Lines above info, but for those of the start about settings, and those that a busy machine causes. */
  readonly warnings: readonly LogLine[]
  /** Resolves with the first line, past or to come, that has this sentence. */
  said(sentence: string): Promise<LogLine>
  signal(signal: NodeJS.Signals): void
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/**
 * Starts a process without waiting for anything; kills it at the end of the test. A test fails whose service has written
 * a token, a password or a body that was kept secret.
 */
export function spawnService(
  t: { teardown(release: () => Promise<void>): unknown },
  env: Readonly<Record<string, string>>,
): ServiceProcess {
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  let output = ''
  let everything = ''
  const server = startServerProcess({
    args: [serviceEntry],
    env: { NO_COLOR: '1', LOGGING_MODE: 'PRODUCTION', ...env },
    onLine(line, stream) {
      everything += `${line}\n`
      if (stream === 'stdout' && line.startsWith('{')) lines.push(JSON.parse(line) as LogLine)
      else output += `${line}\n`
      for (const look of waiting) look()
    },
  })
  const ended = server.exited.then(({ code, signal }) => (code ?? signal) as number | string)
  t.teardown(async () => {
    await server.kill()
    const leaks = leaksIn(everything)
    if (leaks.length > 0) throw new Error(`the log has what it must never have: ${leaks.join(', ')}`)
  })
  const said = (sentence: string) =>
    new Promise<LogLine>((resolve, reject) => {
      const look = () => {
        const line = lines.find(({ msg }) => msg === sentence)
        if (line === undefined) return
        waiting.delete(look)
        resolve(line)
      }
      waiting.add(look)
      look()
      ended.then((how) =>
        reject(
          new Error(
            `the service ended (${how}) before it said "${sentence}":\n${JSON.stringify(lines.at(-1))}\n${output}`,
          ),
        ),
      )
    })
  return {
    get url() {
      const listening = lines.find(({ msg }) => msg === 'listening')
      return listening === undefined ? '' : `http://127.0.0.1:${listening.port}`
    },
    get output() {
      return output
    },
    pid: server.pid,
    lines,
    all: (sentence) => lines.filter(({ msg }) => msg === sentence),
    get warnings() {
      return warningsAmong(lines)
    },
    said,
    signal: server.signal,
    ended,
  }
}
