import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, cp, mkdir, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { postgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

/** A user of this machine, as `spawn` wants it; empty for the one we are. */
export type RunAs = { readonly uid: number; readonly gid: number } | Record<string, never>

/** Where a PostgreSQL server keeps its things, and who runs it. */
export interface PostgresPlace {
  /** Belongs to `runAs`, who can also reach it. */
  readonly folder: string
  /** The folder with `initdb`, `pg_ctl` and `postgres`, in reach of `runAs`. */
  readonly binaries: string
  readonly runAs: RunAs
  /** The folder for temporary files it had to move to; null when it is where it was asked for. */
  readonly refuge: string | null
}

/**
 * PostgreSQL refuses to run as root, so root hands it to the user `postgres`, who can enter neither a checkout below
 * /root nor one below a `mktemp -d`. Then data and binaries live in the folder for temporary files, under a name made
 * from the folder asked for.
 */
export async function choosePlace(wanted: string): Promise<PostgresPlace> {
  const native = dirname(dirname((await postgresBinaries()).postgres))
  if (process.getuid?.() !== 0) {
    await mkdir(wanted, { recursive: true, mode: 0o700 })
    return { folder: wanted, binaries: join(native, 'bin'), runAs: {}, refuge: null }
  }
  const user = await postgresUser()
  const reachable = await canEnter(dirname(resolve(wanted)), user)
  const refuge = reachable ? null : join(await temporary(user), `notification-service-${hash(wanted)}`)
  if (refuge) await own(refuge)
  const folder = refuge ? join(refuge, 'postgres') : wanted
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chown(folder, user.uid, user.gid)
  const reach = (await canEnter(native, user)) ? native : await copyOf(native, dirname(folder))
  return { folder, binaries: join(reach, 'bin'), runAs: user, refuge }
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    await run('useradd', ['--system', '--user-group', 'postgres']).catch((cause) => {
      const advice = 'add a user postgres (useradd --system postgres), or run this as an ordinary user'
      throw new Error(`PostgreSQL cannot run as root: ${advice}`, { cause })
    })
    return { uid: await id('-u'), gid: await id('-g') }
  }
}

/** Whether this user may pass through the folder and all above it. */
async function canEnter(folder: string, user: { uid: number; gid: number }): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
    if (((mode >> shift) & 1) === 0) return false
    if (at === dirname(at)) return true
  }
}

async function temporary(user: { uid: number; gid: number }): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) if (await canEnter(folder, user)) return folder
  const advice = 'set TMPDIR to a folder that the user postgres can enter, or run this as an ordinary user'
  throw new Error(`PostgreSQL cannot run as root: ${advice}`)
}

/** In a folder that everybody may write to, a known name may be somebody else's. */
async function own(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { uid } = await stat(folder)
  if (uid !== 0) throw new Error(`${folder} belongs to another user; remove it`)
  await chmod(folder, 0o711)
}

/** Copied beside and then renamed, so that a copy is whole or not there. */
async function copyOf(native: string, folder: string): Promise<string> {
  const copy = join(folder, `postgres-binaries-${hash(native)}`)
  const there = await stat(copy).catch(() => null)
  if (!there) {
    const partial = `${copy}.${process.pid}`
    await cp(native, partial, { recursive: true, verbatimSymlinks: true })
    await chmod(partial, 0o755)
    await rename(partial, copy)
  }
  return copy
}

function hash(text: string): string {
  return createHash('sha256').update(resolve(text)).digest('hex').slice(0, 12)
}
