import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { until } from '../../scripts/stack/until.ts'

const entry = fileURLToPath(new URL('../../src/listen/notifications.ts', import.meta.url))

/** Starts `notifications listen` as a real process, which is killed at the end of the test. */
export function startListener(t: Pick<Test, 'teardown'>, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = ward(
    spawn(process.execPath, [entry, 'listen', ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as in a terminal, where Ctrl-C reaches all of it.
      detached: true,
    }),
  )
  const written = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    written,
    ended,
    /** Resolves when this has been written to the standard error. */
    async said(text: string | RegExp): Promise<void> {
      await until(() => {
        const isThere = typeof text === 'string' ? written.stderr.includes(text) : text.test(written.stderr)
        if (child.exitCode !== null && !isThere) throw new Error(`the command ended: ${written.stderr}`)
        return isThere
      })
    },
    async callbackUrl(): Promise<string> {
      await this.said(/^Callback URL: (.*)\n/m)
      return /^Callback URL: (.*)\n/m.exec(written.stderr)?.[1] ?? ''
    },
    /** Sends a signal to the process and all of its group, as a terminal does. */
    signal(signal: NodeJS.Signals): void {
      process.kill(-(child.pid ?? 0), signal)
    },
  }
}
