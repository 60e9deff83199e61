import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { projectFolder } from '../../scripts/stack/project.ts'

t.test('a run of the tests whose set-up fails says in one line what to do, and fails', async (t) => {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; stdout: string; stderr: string }>()
  const script = join(projectFolder, 'scripts', 'test.ts')
  execFile(process.execPath, [script], { env: { ...process.env, TMPDIR: '/nowhere' } }, (error, stdout, stderr) => {
    resolve({ code: error?.code, stdout, stderr })
  })
  const { code, stdout, stderr } = await promise
  t.equal(code, 1)
  t.match(stderr, /^The tests were not run\. .*: set TMPDIR to another folder\n$/)
  t.equal(stdout, '\n0 passed, 1 failed\n')
})
