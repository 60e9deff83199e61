import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { temporaryFolder } from '../../scripts/stack/temporary-folder.ts'
import { type Core, loadCore, realSource } from './core.ts'

/** One fault to build into the code: this text of that file becomes another, here and perhaps in a second place. */
export interface Mutant {
  /** Below `src/`. */
  readonly file: string
  readonly text: string
  readonly becomes: string
  readonly and?: Mutant
  /** Where the search of a mode begins, for faults that take hundreds of seeds to show; 1 unless told. */
  readonly from?: { readonly 1?: number; readonly 2?: number }
}

/** The files and folders below `src/` that either mode loads. */
const simulated = ['adapters', 'delivery', 'handlers', 'modes', 'publisher', 'shutdown.ts', 'close-app.ts']

/** Loads a copy of the code with the fault in it. The copy is gone when this resolves. */
export async function loadMutant(mode: 1 | 2, mutant: Mutant): Promise<Core> {
  await using made = await temporaryFolder()
  const folder = made.path
  const from = fileURLToPath(realSource)
  await Promise.all(simulated.map((path) => cp(join(from, path), join(folder, 'src', path), { recursive: true })))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  // Its imports from outside are the same as those of the real code.
  await symlink(fileURLToPath(new URL('../node_modules', realSource)), join(folder, 'node_modules'))
  await build(mutant, join(folder, 'src'))
  return await loadCore(mode, pathToFileURL(`${join(folder, 'src')}/`))
}

async function build({ file, text, becomes, and }: Mutant, folder: string): Promise<void> {
  const path = join(folder, file)
  const source = await readFile(path, 'utf8')
  if (source.split(text).length !== 2) throw new Error(`${file} does not have exactly one: ${text}`)
  await writeFile(
    path,
    source.replace(text, () => becomes),
  )
  if (and) await build(and, folder)
}
