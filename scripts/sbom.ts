/** `npm run sbom`: prints the bill of materials of what is shipped, as JSON of CycloneDX. */
import { readFileSync } from 'node:fs'
import { billOfMaterials, type Product } from './packages/bill-of-materials.ts'
import type { Lock } from './packages/lock.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')) as unknown

console.log(
  JSON.stringify(billOfMaterials(read('package.json') as Product, read('package-lock.json') as Lock), null, 2),
)
