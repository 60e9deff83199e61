import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'

/** Starts a script like npm, with a temporary folder in place of .dev, and collects its output. */
export function startScript(t: Test, folder: string, script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url))
  const child = ward(
    spawn(process.execPath, [file, ...args], {
      env: { ...process.env, DEV_FOLDER: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const written = { stdout: '', stderr: '' }
  const { promise: isUp, resolve } = Promise.withResolvers<string>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    if (written.stdout.includes('Ctrl-C stops everything')) resolve('up')
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  return { child, exited, isUp, written }
}
