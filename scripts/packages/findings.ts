import { installed, isShipped, type Lock, licenceOf, type Versions } from './lock.ts'

/** The parts of `package.json` that are looked at. */
export interface Manifest {
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
}

/** Licences under which a package may be part of what is shipped: they ask for no more than their own text. */
const shippable: ReadonlySet<string> = new Set([
  ...[
    'MIT',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'MIT-0',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
    'CC0-1.0',
  ],
])
/** Licences of tools, which are not shipped. */
const usable: ReadonlySet<string> = new Set([...shippable, 'MPL-2.0', 'Python-2.0', 'CC-BY-3.0', 'WTFPL'])

/** Returns a line for each package that must not be installed as it is locked, and for each version that is not exact. */
export function packageFindings(manifest: Manifest, lock: Lock): string[] {
  const findings: string[] = []
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) findings.push(`${name}: the version "${version}" is not exact`)
  }
  for (const [folder, entry] of installed(lock)) {
    const refuse = (isWrong: boolean, reason: string) => {
      if (isWrong) findings.push(`${folder}: ${reason}`)
    }
    const licence = licenceOf(folder, entry)
    const allowed = isShipped(entry) ? shippable : usable
    refuse(!isAllowed(licence, allowed), `the licence ${licence} is not among those that are allowed here`)
    refuse(!/^sha512-/.test(entry.integrity ?? ''), 'the lock file has no SHA-512 of it: install it again')
    refuse(entry.resolved !== undefined, 'the lock file says where it came from: omit that, for it differs by machine')
    refuse(entry.link === true, 'it is a link, and nobody else has its target')
    refuse(isShipped(entry) && entry.hasInstallScript === true, 'it runs a script when it is installed')
  }
  return findings
}

/** Returns how many packages have each licence, the most frequent first. */
export function licencesOf(lock: Lock): readonly (readonly [string, { production: number; development: number }])[] {
  const counts = new Map<string, { production: number; development: number }>()
  for (const [folder, entry] of installed(lock)) {
    const licence = licenceOf(folder, entry)
    const count = counts.get(licence) ?? { production: 0, development: 0 }
    count[isShipped(entry) ? 'production' : 'development'] += 1
    counts.set(licence, count)
  }
  return [...counts].sort(([, a], [, b]) => b.production - a.production || b.development - a.development)
}

/** Whether one of the alternatives of the expression (SPDX) is allowed. */
function isAllowed(licence: string, allowed: ReadonlySet<string>): boolean {
  return licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((alternative) => allowed.has(alternative))
}
