import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { billOfMaterials, type Product } from '../../scripts/packages/bill-of-materials.ts'
import { licencesOf, type Manifest, packageFindings } from '../../scripts/packages/findings.ts'
import type { Lock } from '../../scripts/packages/lock.ts'

const root = new URL('../../', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8')) as unknown
const manifest = read('package.json') as Manifest & Product
const lock = read('package-lock.json') as Lock

const fine = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' }
/** Returns the findings in a lock file with this package. */
const findingsIn = (entry: object, dependencies = {}) =>
  packageFindings({ dependencies }, { packages: { '': {}, 'node_modules/x': { ...fine, ...entry } } })

t.test(
  'every package is locked by a checksum, has an allowed licence, and comes from wherever npm is told',
  async (t) => {
    t.same(packageFindings(manifest, lock), [])
    const counted = licencesOf(lock).reduce((sum, [, { production, development }]) => sum + production + development, 0)
    t.equal(counted, Object.keys(lock.packages).length - 1)
  },
)

t.test('a package that must not be installed is found, with the reason', async (t) => {
  t.same(findingsIn({}), [])
  const table: readonly [about: string, entry: object, reason: RegExp | null][] = [
    ['another licence', { license: 'GPL-3.0' }, /licence GPL-3\.0/],
    ['no licence', { license: undefined }, /licence unknown/],
    ['a licence of tools in what is shipped', { license: 'MPL-2.0' }, /licence MPL-2\.0/],
    ['a licence of tools', { license: 'MPL-2.0', dev: true }, null],
    ['an optional dependency of a tool', { license: 'MPL-2.0', devOptional: true }, null],
    ['a choice', { license: '(GPL-2.0 OR MIT)' }, null],
    ['both at once', { license: 'MIT AND GPL-2.0' }, /licence MIT AND GPL-2\.0/],
    ['no checksum', { integrity: undefined }, /SHA-512/],
    ['a weak checksum', { integrity: 'sha1-x' }, /SHA-512/],
    ['another place', { resolved: 'https://packages.example/x.tgz' }, /where it came from/],
    ['a link', { link: true }, /link/],
    ['an install script', { hasInstallScript: true }, /script/],
    ['an install script of a tool', { hasInstallScript: true, dev: true }, null],
  ]
  for (const [about, entry, reason] of table) t.match(findingsIn(entry), reason === null ? [] : [reason], about)
  for (const version of ['^1.0.0', '~1.0.0', '1', '*', 'latest', 'file:../x', 'git+ssh://x/y']) {
    t.match(findingsIn({}, { x: version }), [/^x: .* not exact/], version)
  }
})

t.test('npm run sbom prints the bill of materials of the lock file', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: fileURLToPath(root) })
  t.same(JSON.parse(stdout), JSON.parse(JSON.stringify(billOfMaterials(manifest, lock))))
})

t.test(
  'the bill of materials has every production package, with version, checksum and licence, and no other',
  async (t) => {
    const { metadata, components, dependencies } = billOfMaterials(manifest, lock)
    t.match(metadata.component, { type: 'application', name: manifest.name, version: manifest.version })
    const shipped = Object.entries(lock.packages).filter(
      ([folder, { dev, devOptional }]) => folder && !dev && !devOptional,
    )
    t.same(components.map((component) => component['bom-ref']).sort(), shipped.map(([folder]) => folder).sort())
    for (const component of components) {
      const { name, version, licenses, purl } = component
      t.match(purl, /^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/, name)
      t.match(JSON.stringify(component), /"SHA-512","content":"[0-9a-f]{128}"/, `${name}@${version}`)
      t.equal(licenses.length, 1)
    }
    const refs = new Set([metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])])
    t.equal(dependencies.length, refs.size)
    for (const { ref, dependsOn } of dependencies)
      t.ok(
        [ref, ...dependsOn].every((each) => refs.has(each)),
        ref,
      )
    const reached = new Set<string>()
    const follow = (ref: string): void => {
      if (reached.has(ref)) return
      reached.add(ref)
      for (const next of dependencies.find((entry) => entry.ref === ref)?.dependsOn ?? []) follow(next)
    }
    follow(metadata.component['bom-ref'])
    t.same(
      [...refs].filter((ref) => !reached.has(ref)),
      [],
      'nothing is there that nothing needs',
    )
  },
)
