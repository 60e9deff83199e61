/** `npm run sbom`: prints the bill of materials of what is shipped, as JSON of CycloneDX. */
import { readFileSync } from 'node:fs'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { billOfMaterials, type Product } from './packages/bill-of-materials.ts'
import type { Lock } from './packages/lock.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')) as unknown

process.exitCode = await runCommand(
  { name: 'npm run sbom', about: 'Prints the bill of materials of what is shipped, as JSON of CycloneDX.' },
  () => null,
  async () => {
    const bill = billOfMaterials(read('package.json') as Product, read('package-lock.json') as Lock)
    console.log(JSON.stringify(bill, null, 2))
    return exitCodes.ok
  },
)
