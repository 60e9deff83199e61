import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { root } from './dockerfile.ts'

/** Returns every import in a folder that exists at run time, which imports of types do not. */
export function* importsOf(folder: string): Generator<{ file: string; specifier: string }, void, undefined> {
  const { ESNext: newest } = ts.ModuleKind
  const compilerOptions = { verbatimModuleSyntax: true, module: newest, target: ts.ScriptTarget.ESNext }
  for (const file of globSync(`${folder}/**/*.ts`, { cwd: fileURLToPath(root) })) {
    if (file.endsWith('.d.ts')) continue
    const { outputText } = ts.transpileModule(readFileSync(new URL(file, root), 'utf8'), { compilerOptions })
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) yield { file, specifier: fileName }
  }
}

/** Whether the import leads to a file of the same folder. */
export function staysIn(folder: string, file: string, specifier: string): boolean {
  return specifier.startsWith('.') && join(dirname(file), specifier).startsWith(folder + sep)
}

/** Returns the package of an import; null for a module of Node. */
export function packageOf(specifier: string): string | null {
  if (isBuiltin(specifier)) return null
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
