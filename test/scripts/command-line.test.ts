import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Runs a script like npm, with a temporary folder in place of .dev. */
function run(script: string, args: readonly string[], folder: string) {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; stdout: string; stderr: string }>()
  const file = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url))
  execFile(
    process.execPath,
    [file, ...args],
    { env: { ...process.env, DEV_FOLDER: folder } },
    (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr })
    },
  )
  return promise
}

t.test('scripts that need a running stack say how to start one', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [script, args] of [
    ['token', ['alice']],
    ['notify', ['alice', 'hello']],
  ] as const) {
    const { code, stdout, stderr } = await run(script, args, folder)
    t.equal(code, 1)
    t.equal(stdout, '', 'the error is not on the standard output, which may go into a shell variable')
    t.match(stderr, 'npm run dev')
  }
})

t.test('wrong arguments lead to the usage and an exit code', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [script, args] of [
    ['token', []],
    ['token', ['alice', '--ttl', 'long']],
    ['token', ['alice', '--scop', 'x']],
    ['notify', ['alice']],
    ['notify', ['alice', 'one', 'two']],
    ['dev', ['--mode', '3']],
    ['dev', ['--mod', '2']],
    ['dev', ['--instances', '0']],
  ] as const) {
    const { code, stdout, stderr } = await run(script, args, folder)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, new RegExp(`usage: npm run ${script} \\[?--`))
  }
})

t.test('the exit code of chaos tells its result', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, stdout, stderr } = await run('chaos', ['--mode', '3'], folder)
  t.equal(code, 2)
  t.equal(stdout, '')
  t.match(stderr, /--mode: expected 1 or 2, got "3"\n\nnpm run chaos -- \[options\]/)
  t.equal((await run('chaos', ['--help'], folder)).code, 0)
})
