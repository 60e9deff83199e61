import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

/**
 * A process that writes 40,000 lines of 100 bytes, four times as many as may wait for a reader, reports over IPC how
 * many were dropped, and then waits for the reader for as long as the test says.
 */
const writer = fileURLToPath(new URL('support/log-writer.ts', import.meta.url))

function start(t: Test, stdout: 'pipe' | number): ChildProcess {
  const child = spawn(process.execPath, [writer], { stdio: ['ignore', stdout, 'inherit', 'ipc'] })
  t.teardown(() => void child.kill('SIGKILL'))
  return child
}

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'log-output-'))
  t.teardown(() => rmSync(made, { recursive: true }))
  return made
}

t.test('a socket without a reader does not stop the writer, and dropped lines are counted', async (t) => {
  // A pipe between two processes is a pair of sockets in Node.
  const child = start(t, 'pipe')
  await check(t, child, () => text(child.stdout as NodeJS.ReadableStream))
})

t.test('a pipe without a reader does not stop the writer either', async (t) => {
  const fifo = join(folder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const end = openSync(fifo, constants.O_WRONLY)
  const child = start(t, end)
  closeSync(end)
  await check(t, child, () => text(new Socket({ fd: reader, writable: false })))
})

/** Waits until the writer has written everything, reads its output, and lets it end. */
async function check(t: Test, child: ChildProcess, read: () => Promise<string>): Promise<void> {
  const [dropped] = (await once(child, 'message')) as [number]
  t.ok(dropped > 0, `${dropped} lines were dropped`)
  child.send('end')
  const [written] = await Promise.all([read(), once(child, 'exit')])
  const lines = written.split('\n').slice(0, -1)
  t.equal(lines.length + dropped, 40_000, 'each line was written or counted')
  t.ok(
    lines.every((line) => line.length === 99),
    'no line is broken',
  )
}

t.test('a reader that closes does not end the writer', async (t) => {
  const child = start(t, 'pipe')
  child.stdout?.destroy()
  const [dropped] = (await once(child, 'message')) as [number]
  t.ok(dropped > 0)
  child.send('end')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})

t.test('a file gets every line, appended to the lines it has', async (t) => {
  const file = join(folder(t), 'log')
  for (const run of [1, 2]) {
    const child = start(t, openSync(file, 'a'))
    t.same(await once(child, 'message'), [0, undefined])
    child.send('end')
    await once(child, 'exit')
    t.equal(readFileSync(file, 'utf8').split('\n').length - 1, run * 40_000)
  }
})
