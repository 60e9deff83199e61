import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { readImage, root } from './dockerfile.ts'

/** What `package-lock.json` says of one package. */
export interface LockedPackage {
  readonly version: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** All locked packages by their folder; that of the service itself is ''. */
export function lockedPackages(): Readonly<Record<string, LockedPackage>> {
  return JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')).packages
}

/** The folders that `npm ci --omit=dev` makes here: a package for another machine is locked, but not installed. */
export function productionPackages(): string[] {
  return Object.entries(lockedPackages())
    .filter(([folder, { dev, optional }]) => folder !== '' && !dev && !(optional && !existsSync(new URL(folder, root))))
    .map(([folder]) => folder)
}

/** What some package depends on, perhaps only on another machine, without being locked itself. */
export function notLocked(): string[] {
  const locked = lockedPackages()
  // As Node looks for a package: in the folder's own ones, then in those around it.
  const isFound = (folder: string, name: string): boolean =>
    join(folder, 'node_modules', name) in locked || (folder !== '' && isFound(around(folder), name))
  const around = (folder: string) => folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  return Object.entries(locked).flatMap(([folder, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isFound(folder, name)),
  )
}

/** A read-only folder with the files of the image: the service in `service`, Node in `bin`. Gone with the test. */
export async function layOut(t: { teardown(release: () => Promise<void>): unknown }) {
  const folder = await temporaryFolder(t)
  // Before the folder goes, which is read-only by then.
  t.teardown(async () => void execFileSync('chmod', ['-R', 'u+w', folder]))
  const service = join(folder, 'service')
  const bin = join(folder, 'bin')
  await mkdir(service)
  await mkdir(bin)
  // Where Node is installed may be closed to the other user.
  await copyFile(process.execPath, join(bin, 'node'))
  for (const [, , to = ''] of readImage().copies) {
    for (const each of to === 'node_modules' ? outermost(productionPackages()) : [to]) {
      // Node copies a folder natively only at once and without a filter; these are thousands of small files.
      cpSync(fileURLToPath(new URL(each, root)), join(service, each), { recursive: true })
    }
  }
  execFileSync('chmod', ['-R', 'a=rX', folder])
  return { service, bin }
}

/** A package inside another one is there for its sake, and comes with it. */
function outermost(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => folder.lastIndexOf('node_modules/') === 0)
}
