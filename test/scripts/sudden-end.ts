import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { until } from '../../scripts/stack/until.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Process {
  readonly pid: string
  readonly parent: string
  readonly args: string
}

/** All processes of this machine but zombies. */
function processes(): Process[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [, pid = '', parent = '', state = 'Z', args = ''] = /^ *(\d+) +(\d+) (\S+) +(.*)$/.exec(line) ?? []
    return state.startsWith('Z') ? [] : [{ pid, parent, args }]
  })
}

/** A process, what descends from it, and what has to do with the folder: a daemon has no parent. */
function relatives(root: number, folder: string): Process[] {
  const all = processes()
  const found = new Set(all.filter(({ pid, args }) => pid === String(root) || args.includes(folder)))
  for (const { pid } of found) for (const process of all) if (process.parent === pid) found.add(process)
  return [...found]
}

/** A look starts a process that reads the table of all processes. */
const rarely = { everyMs: 200 }

/**
 * Runs this until it says that all is up, kills one of its processes without a word, and waits until nothing of it lives
 * on. Returns the folder that it had for its temporary files.
 */
export async function killOneOf(t: Test, args: readonly string[], victim = /^/): Promise<string> {
  const folder = await temporaryFolder(t)
  const { TEST_POSTGRES: _, ...env } = process.env
  const child = ward(
    spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { ...env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said += text
    })
  }
  const ended = once(child, 'close')
  await until(() => child.exitCode !== null || said.includes('all is up'))
  if (child.exitCode !== null) throw new Error(`it ended: ${said}`)
  const family = relatives(child.pid ?? 0, folder)
  t.comment(`${family.length} processes`)
  const killed = family.find(({ args }) => victim.test(args))
  process.kill(Number(killed?.pid), 'SIGKILL')
  await ended
  await until(() => {
    const now = new Set(processes().map(({ pid }) => pid))
    return !family.some(({ pid }) => now.has(pid)) && relatives(0, folder).length === 0
  }, rarely)
  t.pass('nothing of it lives on')
  return folder
}
