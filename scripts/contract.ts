import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

/**
 * Generates `src/contract/schema.d.ts` from the contract. With `--check` writes nothing, and fails if the file is
 * stale.
 */
const contract = new URL('../api/notification-service.yaml', import.meta.url)
const types = new URL('../src/contract/schema.d.ts', import.meta.url)

const heading =
  '// Generated from api/notification-service.yaml by `npm run contract`. Change that file, not this one.\n\n'
// Immutable, because replies may share parts of their bodies.
const fresh = heading + astToString(await openapiTS(contract, { immutable: true }))

if (process.argv.includes('--check')) {
  const present = await readFile(types, 'utf8').catch(() => '')
  if (present !== fresh) {
    console.error(
      'src/contract/schema.d.ts is stale: api/notification-service.yaml has changed. Run "npm run contract".',
    )
    process.exitCode = 1
  }
} else {
  await writeFile(types, fresh)
}
