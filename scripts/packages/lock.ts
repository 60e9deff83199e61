/** Versions, or ranges of versions, by the names of packages. */
export type Versions = Readonly<Record<string, string>>

/** The entry of a package in `package-lock.json`. */
export interface Locked {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  /** Where it came from, if that is written down; npm then fetches it from there. */
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Versions
  readonly optionalDependencies?: Versions
}

/** The parts of `package-lock.json` that are looked at. */
export interface Lock {
  /** By their folder; that of the project itself is ''. */
  readonly packages: Readonly<Record<string, Locked>>
}

/** Packages whose manifest names no licence, with that of the file that they ship. */
const licenceInFile: Versions = { 'node_modules/jsonc-simple-parser': 'MIT' }

/** Returns every package but the project itself, with its folder. */
export function installed({ packages }: Lock): readonly (readonly [string, Locked])[] {
  return Object.entries(packages).filter(([folder]) => folder !== '')
}

/** Whether the package is needed at run time. */
export function isShipped({ dev, devOptional }: Locked): boolean {
  return !dev && !devOptional
}

/** Returns the licence of a package, as an expression of SPDX; `unknown` when nothing names it. */
export function licenceOf(folder: string, { license }: Locked): string {
  return license ?? licenceInFile[folder] ?? 'unknown'
}

/** Returns the name of the package in a folder. */
export function nameIn(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** Returns the folder of a dependency as Node finds it: in the folder's own node_modules, then in those around it. */
export function resolve({ packages }: Lock, folder: string, name: string): string | null {
  for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = `${from === '' ? '' : `${from}/`}node_modules/${name}`
    if (candidate in packages) return candidate
    if (from === '') return null
  }
}
