import { execFile } from 'node:child_process'
import { chown, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresPlace } from './postgres-place.ts'

const run = promisify(execFile)

/** The earlier service's defaults, so that a service started by hand only has to be told the port. */
export const user = 'my_user'
export const password = 'my_password'
/** How long a start (which may replay what a crash left) or a stop may take. */
const patienceSeconds = 60

/**
 * Names the data folder of a run of tests that no server has used: the first server of the run makes it, and others copy it,
 * which takes a fifth of the CPU time of `initdb`.
 */
export const unusedData = 'TEST_POSTGRES_DATA'

/** Returns the data folder; made beside and then renamed, so that it is whole or not there. */
export async function initialised(place: PostgresPlace): Promise<string> {
  const data = join(place.folder, 'data')
  if (await isThere(data)) return data
  const partial = join(place.folder, 'data.partial')
  await rm(partial, { recursive: true, force: true })
  const unused = process.env[unusedData]
  if (unused !== undefined && (await isThere(unused))) await copy(unused, partial)
  else await initialise(place, partial)
  if (unused !== undefined && !(await isThere(unused))) await copy(partial, unused)
  await rename(partial, data)
  return data
}

/** Copies a folder with the owners and permissions of its files. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to])
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

async function initialise(place: PostgresPlace, data: string): Promise<void> {
  const passwordFile = join(place.folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if ('uid' in place.runAs) await chown(passwordFile, place.runAs.uid, place.runAs.gid)
  try {
    const args = [
      `--pgdata=${data}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      // A password that stands in this file needs no slow hash.
      '--set=scram_iterations=1',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
      '--wal-segsize=1',
      '--set=listen_addresses=127.0.0.1',
      '--set=unix_socket_directories=',
      '--set=max_connections=300',
    ]
    await runAs(place, 'initdb', args).catch((cause) => {
      const said = String(cause.stderr ?? cause.message)
      throw new Error(`PostgreSQL cannot make its data folder ${data}: ${lastLine(said)}`, { cause })
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** Runs a program of the installation as the user who owns the data. */
export async function runAs(place: PostgresPlace, program: string, args: readonly string[]): Promise<void> {
  // PGPORT, PGDATA and their like would change what is asked for here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
  await run(join(place.binaries, program), [...args], {
    ...place.runAs,
    // Not the current folder: the user it runs as may not be able to enter that.
    cwd: place.folder,
    env: { ...env, LC_ALL: 'C', PGCTLTIMEOUT: String(patienceSeconds) },
    timeout: (patienceSeconds + 10) * 1_000,
  })
}
