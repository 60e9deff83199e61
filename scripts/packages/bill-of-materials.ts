import { installed, isShipped, type Lock, type Locked, licenceOf, nameIn, resolve } from './lock.ts'

/** The product, as `package.json` describes it. */
export interface Product {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
}

/**
 * Returns the bill of materials of what is shipped, in the form of CycloneDX 1.5. The same lock file makes the same bill:
 * there is no time and no random number in it.
 *
 * npm has a command for this, `npm sbom --omit=dev`. It leaves out every package that a tool of the development needs as
 * well (npm 11.19), which is half of them here.
 */
export function billOfMaterials(product: Product, lock: Lock) {
  const shipped = installed(lock).filter(([, entry]) => isShipped(entry))
  const root = { 'bom-ref': refOf(product), purl: refOf(product), name: product.name, version: product.version }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'pre-build' }],
      component: { type: 'application', ...root, description: product.description, ...licencesIn(product.license) },
    },
    components: shipped.map(([folder, entry]) => component(folder, entry)),
    dependencies: [
      { ref: root['bom-ref'], dependsOn: needsOf(lock, '', lock.packages[''] ?? {}) },
      ...shipped.map(([folder, entry]) => ({ ref: folder, dependsOn: needsOf(lock, folder, entry) })),
    ],
  }
}

function component(folder: string, entry: Locked) {
  const name = nameIn(folder)
  const [algorithm, digest = ''] = (entry.integrity ?? '').split('-')
  return {
    type: 'library',
    // A folder, because one version of a package may be installed in several.
    'bom-ref': folder,
    name,
    version: entry.version,
    purl: refOf({ name, version: entry.version ?? '' }),
    ...(algorithm === 'sha512' && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
    }),
    ...licencesIn(licenceOf(folder, entry)),
  }
}

/** A single licence is named by its id of SPDX, anything else is an expression. */
function licencesIn(licence: string) {
  return { licenses: /[ ()]/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }] }
}

/** The address of a package, as package-url writes it: the @ of a scope is escaped. */
function refOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`
}

/** Optional dependencies that are locked count: whether they are installed is decided by the machine. */
function needsOf(lock: Lock, folder: string, { dependencies, optionalDependencies }: Locked): readonly string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies })
    .map((name) => resolve(lock, folder, name))
    .filter((found) => found !== null)
    .sort()
}
