import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { readImage, root } from './dockerfile.ts'

/** The entry of a package in `package-lock.json`. */
export interface LockedPackage {
  readonly version: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Returns all locked packages by their folder; the folder of the service itself is ''. */
export function lockedPackages(): Readonly<Record<string, LockedPackage>> {
  return JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')).packages
}

/**
 * Returns the folders that `npm ci --omit=dev` makes here: packages for other machines are locked, but not installed.
 */
export function productionPackages(): string[] {
  return Object.entries(lockedPackages())
    .filter(([folder, { dev, optional }]) => folder !== '' && !dev && !(optional && !existsSync(new URL(folder, root))))
    .map(([folder]) => folder)
}

/** Returns the dependencies that are not locked, including those of packages for other machines. */
export function notLocked(): string[] {
  const locked = lockedPackages()
  // Looked up like in Node: in the folder's own node_modules, then in those of the folders around it.
  const isFound = (folder: string, name: string): boolean =>
    join(folder, 'node_modules', name) in locked || (folder !== '' && isFound(around(folder), name))
  const around = (folder: string) => folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  return Object.entries(locked).flatMap(([folder, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isFound(folder, name)),
  )
}

/**
 * Makes a read-only folder with the files of the image: the service in `service`, Node in `bin`. Removed with the test.
 */
export async function layOut(t: { teardown(release: () => Promise<void>): unknown }) {
  const folder = await temporaryFolder(t)
  // Runs before the removal of the folder, which is read-only by then.
  t.teardown(async () => void execFileSync('chmod', ['-R', 'u+w', folder]))
  const service = join(folder, 'service')
  const bin = join(folder, 'bin')
  await mkdir(service)
  await mkdir(bin)
  // The other user may not be able to enter the folder of Node.
  await copyFile(process.execPath, join(bin, 'node'))
  const sbom = fileURLToPath(new URL('scripts/sbom.ts', root))
  await writeFile(join(service, 'sbom.json'), execFileSync(process.execPath, [sbom]))
  for (const [from, , to = ''] of readImage().copies) {
    if (from !== '--from=build' || to === 'sbom.json') continue
    for (const each of to === 'node_modules' ? outermost(productionPackages()) : [to]) {
      // Each folder is copied whole, because Node copies thousands of small files natively only without a filter.
      cpSync(fileURLToPath(new URL(each, root)), join(service, each), { recursive: true })
    }
  }
  execFileSync('chmod', ['-R', 'a=rX', folder])
  return { service, bin }
}

/** Whether the package is inside another package, with which it is copied. */
function outermost(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => folder.lastIndexOf('node_modules/') === 0)
}
