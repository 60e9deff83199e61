import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { projectFolder } from '../stack/project.ts'
import { type PackageOf, scope } from './packages.ts'

/** Node strips no types from files below `node_modules`, so packages have JavaScript. */
const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

/** The members of the repository's `package.json` that every package has as well. */
export interface Product {
  readonly version: string
  readonly license: string
}

/** Writes the files of a package to a folder, ready for `npm pack`. */
export async function buildPackage(folder: string, { version, license }: Product, wanted: PackageOf): Promise<void> {
  const { name, description, readme, sources, manifest } = wanted
  const places: string[] = []
  for (const source of sources) {
    for (const path of await filesOf(join(projectFolder, source))) {
      const place = relative(join(projectFolder, 'src'), path)
      places.push(await put(path, join(folder, place)).then((put) => relative(folder, put)))
    }
  }
  await cp(join(projectFolder, readme), join(folder, 'README.md'))
  await cp(join(projectFolder, 'LICENSE'), join(folder, 'LICENSE'))
  const whole = {
    ...{ name: `${scope}/${name}`, version, description, license, type: 'module' },
    ...manifest,
    files: places.toSorted(),
    publishConfig: { access: 'public' },
  }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`)
}

/** Returns the code of a source and its declarations, which are written by hand. */
async function filesOf(source: string): Promise<readonly string[]> {
  if (!(await stat(source)).isDirectory()) return [source]
  const names = await readdir(source)
  return names.filter((name) => /\.(?:js|ts)$/.test(name)).map((name) => join(source, name))
}

/** Copies a file, or translates it. Returns the path of the result. */
async function put(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true })
  if (!/(?<!\.d)\.ts$/.test(from)) {
    await cp(from, to)
    return to
  }
  const path = to.replace(/\.ts$/, '.js')
  const { outputText } = ts.transpileModule(await readFile(from, 'utf8'), { compilerOptions, fileName: from })
  await writeFile(path, outputText)
  return path
}
