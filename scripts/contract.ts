import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { exitCodes, runCommand } from '../src/command-line.ts'

/**
 * Generates `src/contract/schema.d.ts` from the contract. With `--check` writes nothing, and fails if the file is
 * stale.
 */
const contract = new URL('../api/notification-service.yaml', import.meta.url)
const types = new URL('../src/contract/schema.d.ts', import.meta.url)

const heading =
  '// Generated from api/notification-service.yaml by `npm run contract`. Change that file, not this one.\n\n'

process.exitCode = await runCommand(
  {
    name: 'npm run contract',
    about: 'Generates the types of the contract.',
    options: { check: { about: 'write nothing, and fail if the types are stale' } },
  },
  ({ values }) => values.check,
  async (isCheck) => {
    // Immutable, because replies may share parts of their bodies.
    const fresh = heading + astToString(await openapiTS(contract, { immutable: true }))
    if (!isCheck) await writeFile(types, fresh)
    else if (fresh !== (await readFile(types, 'utf8').catch(() => ''))) {
      console.error(
        'src/contract/schema.d.ts is stale: api/notification-service.yaml has changed. Run "npm run contract".',
      )
      return exitCodes.failure
    }
    return exitCodes.ok
  },
)
