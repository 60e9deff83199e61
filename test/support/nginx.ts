import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { leaksIn } from './leaks.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Owner = Pick<Test, 'teardown'>

/** The file that operators are shown. */
export const documented = readFileSync(new URL('../../docs/nginx.conf', import.meta.url), 'utf8')

/** Distributions put it where only the path of root leads. */
const binary = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
/** Why tests of it cannot run here; false when they can. */
export const nginxIsMissing = binary === undefined && 'nginx is not installed on this machine'

/** One line of its access log. */
export interface Access {
  readonly method: string
  readonly operation: string
  readonly status: number
  /** The instances that were asked, in order, by their host and port. */
  readonly upstreams: readonly string[]
  readonly traceId: string
}

export interface Nginx {
  readonly url: string
  readonly accesses: readonly Access[]
  /** Everything it has logged of accesses. */
  readonly accessLog: string
}

/** A change to the documented file, for a test of what happens without the line that is changed. */
export type Change = readonly [from: string | RegExp, to: string]

/**
 * Runs nginx with the documented configuration in front of two instances, with ports and paths of the test's own, until
 * the test is over. A test fails whose nginx has logged an alert, or whose access log has what was kept secret.
 */
export async function startNginx(
  t: Owner,
  instances: readonly { readonly url: string }[],
  changes: readonly Change[] = [],
): Promise<Nginx> {
  const folder = await temporaryFolder(t)
  const logs = join(folder, 'logs')
  await mkdir(logs)
  const [accessFile, errorFile] = [join(logs, 'access.log'), join(logs, 'error.log')]
  return startOnPort([], async (port) => {
    const configuration = changed(documented, [...substitutions(folder, port, instances), ...changes])
    const file = join(folder, 'nginx.conf')
    await writeFile(file, configuration)
    if (!(await run(t, folder, file))) throw new Error(`nginx has not started:\n${readFileSync(errorFile, 'utf8')}`)
    return {
      url: `http://127.0.0.1:${port}`,
      get accessLog() {
        return readFileSync(accessFile, 'utf8')
      },
      get accesses() {
        const lines = readFileSync(accessFile, 'utf8').split('\n')
        return lines.filter((line) => line !== '').map(accessOf)
      },
    }
  })
}

/** Ports and paths, and nothing else. */
function substitutions(folder: string, port: number, instances: readonly { readonly url: string }[]): Change[] {
  const [first, second] = instances.map(({ url }) => new URL(url).host)
  if (first === undefined || second === undefined) throw new Error('the documented file has two instances')
  // Some of these belong to modules that are not used; they are made all the same, and not everybody may.
  const modules = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const places = modules.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  return [
    ['listen 80 ', `listen 127.0.0.1:${port} `],
    ['server 10.0.0.11:8080 ', `server ${first} `],
    ['server 10.0.0.12:8080 ', `server ${second} `],
    ['/run/nginx.pid', `${folder}/nginx.pid`],
    ['/var/log/nginx/access.log', `${folder}/logs/access.log`],
    ['/var/log/nginx/error.log', `${folder}/logs/error.log`],
    [/^http \{$/m, `http { ${places}`],
  ]
}

/** Applies changes, each of which must change something. */
export function changed(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to)
    if (after === before) throw new Error(`the documented configuration does not have ${from}`)
    return after
  }, text)
}

/** Starts it; answers whether it listens. It has written the number of its process when it does. */
async function run(t: Owner, folder: string, file: string): Promise<boolean> {
  const child = ward(
    spawn(binary ?? '', ['-p', folder, '-c', file, '-e', join(folder, 'logs/error.log'), '-g', 'daemon off;'], {
      stdio: 'ignore',
      // A group of its own: its workers can be ended with it even if it cannot do that itself any more.
      detached: true,
    }),
  )
  const ended = once(child, 'close')
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  t.teardown(async () => {
    if (isOver()) return
    child.kill('SIGTERM')
    const impatience = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 10_000)
    await ended
    clearTimeout(impatience)
    const alerts = readFileSync(join(folder, 'logs/error.log'), 'utf8').split('\n').filter(isAlert)
    if (alerts.length > 0) throw new Error(`nginx has logged:\n${alerts.join('\n')}`)
    const leaks = leaksIn(readFileSync(join(folder, 'logs/access.log'), 'utf8'))
    if (leaks.length > 0) throw new Error(`the access log has what it must never have: ${leaks.join(', ')}`)
  })
  await until(() => isOver() || hasWritten(join(folder, 'nginx.pid'), `${child.pid}\n`))
  return !isOver()
}

function hasWritten(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text
  } catch {
    return false
  }
}

/** Not everybody may raise the number of open files; nginx runs all the same. */
function isAlert(line: string): boolean {
  return /\[(alert|crit|emerg)\]/.test(line) && !line.includes('setrlimit(RLIMIT_NOFILE')
}

function accessOf(line: string): Access {
  const match = /^\S+ \S+ (\S+) (\S+) (\d+) \S+ (.*) (?:[\d, -]+) (\S+)$/.exec(line)
  if (match === null) throw new Error(`this is no line of the access log: ${line}`)
  const [, method = '', operation = '', status = '', upstreams = '', traceId = ''] = match
  return { method, operation, status: Number(status), upstreams: upstreams.split(', '), traceId }
}
