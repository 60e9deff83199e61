import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Runs a script as npm does, with a folder of its own in place of .dev. */
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

t.test('without a running stack, scripts that need one say how to start it', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [script, args] of [
    ['token', ['alice']],
    ['notify', ['alice', 'hello']],
  ] as const) {
    const { code, stdout, stderr } = await run(script, args, folder)
    t.equal(code, 1)
    t.equal(stdout, '', 'a shell variable does not end up with an error in it')
    t.match(stderr, 'npm run dev')
  }
})

t.test('wrong arguments are answered with how it is used', async (t) => {
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

t.test('chaos tells by its exit code how it went', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, stdout, stderr } = await run('chaos', ['--mode', '3'], folder)
  t.equal(code, 2)
  t.equal(stdout, '')
  t.match(stderr, /--mode: expected 1 or 2, got "3"\n\nnpm run chaos -- \[options\]/)
  t.equal((await run('chaos', ['--help'], folder)).code, 0)
})
