import { readFileSync } from 'node:fs'

/** A whole import statement of a module in the same folder. All our modules are formatted alike. */
const importLines = /^import [^;]*? from '(\.\/[\w-]+\.js)'\n/gm
const exportWords = /^export (?=async |class |const |function )/gm
const comments = /\/\*\*.*?\*\/ ?|^ *\/\/[^\n]*/gms
const indentation = /^\s+/gm

/**
 * Returns the text of a module and of all that it imports, as one module with the exports of the first, so that a browser
 * needs one request. Comments are left out. Top-level names of the modules must differ.
 */
export function joinedModules(entry: URL): string {
  const seen = new Set<string>()
  const text = (module: URL): string => {
    if (seen.has(module.href)) return ''
    seen.add(module.href)
    const source = readFileSync(module, 'utf8')
    const before = [...source.matchAll(importLines)].map(([, path = '']) => text(new URL(path, module))).join('')
    const own = source.replace(importLines, '').replace(comments, '').replace(indentation, '')
    return before + (module === entry ? own : own.replace(exportWords, ''))
  }
  return text(entry)
}
