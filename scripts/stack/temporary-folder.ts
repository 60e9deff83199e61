import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeWithThisProcess } from './last-resort.ts'

/** A folder that is removed when it is disposed of, and at the latest with this process. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes an empty folder for temporary files. Its name is short, since folders are made within each other, and the path of
 * a Unix socket, such as Chromium and PostgreSQL make, may have 107 bytes.
 */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'held-')).catch((cause) => {
    throw new Error(`Nothing can be written to ${tmpdir()}: set TMPDIR to another folder`, { cause })
  })
  const release = removeWithThisProcess(path)
  // PostgreSQL may run as another user, who passes through here.
  await chmod(path, 0o711)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }).then(release) }
}
