/**
 * `npm run pack`: builds the packages of the client library, the publisher module and the command line, and packs each into a
 * file that `npm install` takes. Prints the paths of the files.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { buildPackage, type Product } from './pack/build.ts'
import { packagesFor } from './pack/packages.ts'
import { projectFolder } from './stack/project.ts'
import { temporaryFolder } from './stack/temporary-folder.ts'

interface Manifest extends Product {
  readonly dependencies: Readonly<Record<string, string>>
}

process.exitCode = await runCommand(
  {
    name: 'npm run pack',
    about: 'Builds the packages of the client library, the publisher module and the command line.',
    options: { out: { about: 'the folder for the packages', value: 'FOLDER', fallback: 'packages' } },
  },
  ({ values }) => resolve(values.out),
  async (out) => {
    const product = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')) as Manifest
    await using building = await temporaryFolder()
    const folders = packagesFor(product.dependencies['@aws-sdk/client-sqs'] ?? '').map(async (wanted) => {
      const folder = join(building.path, wanted.name)
      await mkdir(folder)
      await buildPackage(folder, product, wanted)
      return folder
    })
    await mkdir(out, { recursive: true })
    const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', out, ...(await Promise.all(folders))]
    const { stdout } = await promisify(execFile)('npm', args)
    for (const name of stdout.trim().split('\n')) console.log(join(out, name))
    return exitCodes.ok
  },
)
