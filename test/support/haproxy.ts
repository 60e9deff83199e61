import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { isFree, startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { leaksIn } from './leaks.ts'
import { type Change, changed } from './nginx.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Owner = Pick<Test, 'teardown'>

/** The file that operators are shown. */
export const documentedHaproxy = readFileSync(new URL('../../docs/haproxy.cfg', import.meta.url), 'utf8')

/** Distributions put it where only the path of root leads. */
const binary = ['haproxy', '/usr/sbin/haproxy'].find((name) => spawnSync(name, ['-v']).status === 0)
/** Why tests of it cannot run here; false when they can. */
export const haproxyIsMissing = binary === undefined && 'haproxy is not installed on this machine'

export interface Haproxy {
  readonly url: string
  /** All that it has logged. */
  readonly log: string
}

/**
 * Runs HAProxy with the documented configuration in front of two instances, with ports and privileges of the test's own,
 * until the test is over. A test fails whose HAProxy has logged what was kept secret.
 */
export async function startHaproxy(
  t: Owner,
  instances: readonly { readonly url: string }[],
  changes: readonly Change[] = [],
): Promise<Haproxy> {
  const folder = await temporaryFolder(t)
  return startOnPort([], async (port) => {
    const file = join(folder, 'haproxy.cfg')
    await writeFile(file, changed(documentedHaproxy, [...substitutions(port, instances), ...changes]))
    return run(t, file, port)
  })
}

/** Ports and privileges, and nothing else. */
function substitutions(port: number, instances: readonly { readonly url: string }[]): Change[] {
  const [first, second] = instances.map(({ url }) => new URL(url).host)
  if (first === undefined || second === undefined) throw new Error('the documented file has two instances')
  return [
    ['bind :80\n', `bind 127.0.0.1:${port}\n`],
    [/10\.0\.0\.11:8080/g, first],
    [/10\.0\.0\.12:8080/g, second],
    // Not everybody may change users, or raise the number of open files.
    [/^ *(user|group) +haproxy\n/gm, ''],
    ['maxconn 40000', 'maxconn 1000'],
  ]
}

/** Resolves when it listens. */
async function run(t: Owner, file: string, port: number): Promise<Haproxy> {
  const child = ward(spawn(binary ?? '', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] }))
  const ended = once(child, 'close')
  let log = ''
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (chunk: Buffer) => {
      log += chunk
    })
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  t.teardown(async () => {
    if (!isOver()) child.kill('SIGTERM')
    await ended
    const leaks = leaksIn(log)
    if (leaks.length > 0) throw new Error(`the log of HAProxy has what it must never have: ${leaks.join(', ')}`)
  })
  await until(async () => isOver() || !(await isFree(port)))
  if (isOver()) throw new Error(`HAProxy has not started:\n${log}`)
  return {
    url: `http://127.0.0.1:${port}`,
    get log() {
      return log
    },
  }
}
