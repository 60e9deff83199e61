import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { startService } from '../../src/service.ts'
import { leaksIn } from './leaks.ts'
import { type LogLine, warningsAmong } from './service-process.ts'

/** An instance that listens in the process of its test. */
export interface ServiceHere {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly lines: readonly LogLine[]
  /** The lines that have this sentence. */
  all(sentence: string): readonly LogLine[]
  /** Resolves with the first line, past or to come, that has this sentence. */
  said(sentence: string): Promise<LogLine>
  /** Lines above info, but for those of the start about settings, and those that a busy machine causes. */
  readonly warnings: readonly LogLine[]
  /** Lets it leave in order, as a SIGTERM does. */
  stop(): Promise<void>
}

/** The stops of the instances of each owner. A stop takes seconds, most of which it waits: all leave at the same time. */
const stopsOf = new WeakMap<Pick<Test, 'teardown'>, readonly (() => Promise<void>)[]>()

/**
 * Starts an instance in the process of its test, which takes a tenth of what a process of its own takes: for a test of
 * many settings that sends no signal. It is stopped at the end of the test, which fails when the log has what was kept
 * secret. Clients of AWS read the environment of the process, so all its instances have one SQS.
 */
export async function startServiceHere(
  t: Pick<Test, 'teardown'>,
  env: Readonly<Record<string, string>>,
): Promise<ServiceHere> {
  const lines: LogLine[] = []
  const config = readConfig({ LOGGING_MODE: 'PRODUCTION', ...env })
  const log = openLog(config, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) })
  const failed = (reason: string) => {
    throw new Error(reason)
  }
  const service = await startService(config, log, {
    onFatal: failed,
    onSuperseded: () => failed('another process has taken over the id of the instance'),
    droppedLogLines: () => 0,
    stop: new AbortController().signal,
  })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= service.stop()
    return stopped
  }
  const stops = stopsOf.get(t) ?? []
  stopsOf.set(t, [...stops, stop])
  t.teardown(async () => {
    // The owner tears down one after the other, and the first one lets all leave.
    await Promise.allSettled((stopsOf.get(t) ?? []).map((leave) => leave()))
    await stop()
    const leaks = leaksIn(JSON.stringify(lines))
    if (leaks.length > 0) throw new Error(`the log has what it must never have: ${leaks.join(', ')}`)
  })
  const all = (sentence: string) => lines.filter(({ msg }) => msg === sentence)
  return {
    url: `http://127.0.0.1:${all('listening')[0]?.port}`,
    lines,
    all,
    async said(sentence) {
      await until(() => all(sentence).length > 0)
      return all(sentence)[0] as LogLine
    },
    get warnings() {
      return warningsAmong(lines)
    },
    stop,
  }
}

type StartHere = (t: Pick<Test, 'teardown'>, more?: Readonly<Record<string, string>>) => Promise<ServiceHere>

/** A world whose instances run in the process of the test. */
export type Here<Original> = Omit<Original, 'service' | 'peer'> & {
  readonly service: StartHere
  readonly peer: StartHere
}

/** Lets the instances of a world run in the process of the test. */
export function withInstancesHere<Original extends { readonly env: Readonly<Record<string, string>> }>(
  world: Original,
): Here<Original> {
  const service: StartHere = (t, more = {}) => startServiceHere(t, { ...world.env, ...more })
  // The world's own `peer` starts an instance by `service`.
  return { ...world, service } as unknown as Here<Original>
}
