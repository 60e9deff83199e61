import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Ended, OneRun } from './several-commands.ts'

/** A command of this repository: its npm name, and the file that does its work. */
export interface Command {
  readonly name: string
  readonly file: string
  /** Options that it does not know are passed on to another program. */
  readonly passesOn: boolean
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }

/** The commands of this repository. The other npm commands are chains of these and of other programs. */
export const commands: readonly Command[] = Object.entries(scripts).flatMap(([name, command]) => {
  const [, file] = /^node (?:--\S+ )*((?:scripts|src)\/\S+\.ts)(?: --\S+)*$/.exec(command) ?? []
  return file === undefined ? [] : [{ name, file, passesOn: name === 'test' }]
})

/** Runs a command in a process of its own, like npm, with this folder in place of .dev. */
export function runCommandFile(file: string, args: readonly string[], folder: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const env = { ...process.env, DEV_FOLDER: folder }
  execFile(process.execPath, [root + file, ...args], { env }, (error, stdout, stderr) =>
    resolve({ code: error ? error.code : 0, stdout, stderr }),
  )
  return promise
}

/** Runs commands one after the other in one process, which takes a tenth of a process for each. */
export async function runCommandFiles(runs: readonly OneRun[], folder: string): Promise<readonly Ended[]> {
  const { code, stdout, stderr } = await runCommandFile(
    'test/scripts/several-commands.ts',
    [JSON.stringify(runs)],
    folder,
  )
  if (code !== 0) throw new Error(`the process of the commands has ended with ${code}:\n${stdout}${stderr}`)
  return JSON.parse(stdout) as readonly Ended[]
}
