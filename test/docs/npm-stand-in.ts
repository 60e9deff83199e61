import { execFileSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { projectFolder } from '../../scripts/stack/project.ts'

/**
 * Writes a program `npm` into this folder that starts those scripts of the package that are programs of Node. npm does the
 * same, and takes longer for it than most of them; everything else is left to npm. Returns the `PATH` that finds the program.
 */
export async function standInForNpm(folder: string, scripts: Readonly<Record<string, string>>): Promise<string> {
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
  const programs = Object.entries(scripts).filter(([, command]) => /^node (?!.*&&)/.test(command))
  const lines = [
    '#!/bin/sh',
    'case $1 in',
    '  run) shift; [ "$1" = -s ] && shift ;;',
    '  start | test) ;;',
    `  *) exec '${npm}' "$@" ;;`,
    'esac',
    'name=$1',
    'shift',
    '[ "$1" = -- ] && shift',
    'case $name in',
    ...programs.map(([name, command]) => `  ${name}) exec ${command} "$@" ;;`),
    `  *) exec '${npm}' run "$name" -- "$@" ;;`,
    'esac',
  ]
  const file = join(folder, 'npm')
  await writeFile(file, `${lines.join('\n')}\n`)
  await chmod(file, 0o755)
  return [folder, join(projectFolder, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
}
