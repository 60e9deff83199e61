import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { parsed, types } from './contract/generated.ts'

/**
 * Generates `src/contract/schema.d.ts` and `src/contract/contract.json` from the contract. With `--check` writes nothing,
 * and fails if one of the files is stale.
 */
process.exitCode = await runCommand(
  {
    name: 'npm run contract',
    about: 'Generates the types of the contract, and the contract as the service reads it at its start.',
    options: { check: { about: 'write nothing, and fail if a generated file is stale' } },
  },
  ({ values }) => values.check,
  async (isCheck) => {
    let stale = 0
    for (const { file, fresh } of [types, parsed]) {
      const text = await fresh()
      if (!isCheck) await writeFile(file, text)
      else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
        stale += 1
        console.error(
          `src/contract/${basename(file.pathname)} is stale: api/notification-service.yaml has changed. Run "npm run contract".`,
        )
      }
    }
    return stale === 0 ? exitCodes.ok : exitCodes.failure
  },
)
