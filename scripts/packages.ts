/**
 * `npm run packages`: looks at what the lock file would install, and exits with 1 when something is not in order. Prints the
 * number of packages for each licence.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { licencesOf, type Manifest, packageFindings } from './packages/findings.ts'
import type { Lock } from './packages/lock.ts'
import { projectFolder } from './stack/project.ts'

const read = (name: string) => JSON.parse(readFileSync(join(projectFolder, name), 'utf8')) as unknown

process.exitCode = await runCommand(
  {
    name: 'npm run packages',
    about: 'Looks at what the lock file would install, and prints the number of packages for each licence.',
  },
  () => null,
  async () => {
    const lock = read('package-lock.json') as Lock
    for (const [licence, { production, development }] of licencesOf(lock)) {
      console.log(
        `${String(production).padStart(4)} at run time ${String(development).padStart(4)} for development  ${licence}`,
      )
    }
    const findings = packageFindings(read('package.json') as Manifest, lock)
    for (const finding of findings) console.error(finding)
    return findings.length === 0 ? exitCodes.ok : exitCodes.failure
  },
)
