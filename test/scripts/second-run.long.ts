import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function run(t: Test, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = await temporaryFolder(t)
  const child = ward(
    spawn(process.execPath, ['scripts/test.ts', ...args, 'test/scripts/fails-at-first.ts'], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { ...process.env, MARKS: folder, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code, output }
}

t.test('a suite that fails among others runs once more, alone, and the report says so', async (t) => {
  const { code, output } = await run(t, ['--second-run'])
  t.match(output, 'Once more, alone: test/scripts/fails-at-first.ts')
  t.match(output, 'Failed checks: 1 in the first run, 0 when nothing else ran.')
  t.match(output, /\n\d passed, 0 failed\n$/)
  t.equal(code, 0)
})

t.test('a suite that fails twice has failed', async (t) => {
  const { code, output } = await run(t, ['--second-run'], { ALWAYS: 'fails' })
  t.match(output, /\n\d passed, 1 failed\n$/)
  t.not(code, 0)
})

t.test('nothing runs twice unless that is asked for', async (t) => {
  const { code, output } = await run(t, [])
  t.notMatch(output, 'Once more')
  t.match(output, /\n1 passed, 1 failed\n$/)
  t.not(code, 0)
})
