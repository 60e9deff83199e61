import { platform } from 'node:os'
import t from 'tap'
import { TapReport } from '../../scripts/test/tap-report.ts'
import { runTestFiles } from '../../scripts/test/test-files.ts'

async function run(files: readonly string[]) {
  const written: string[] = []
  const report = new TapReport((line) => written.push(line.replace(/ \(\d+ms(?:, CPU \d+ms)?\)$/, '')))
  const onLine = (line: string) => report.line(line)
  const { signal } = new AbortController()
  const { ok } = await runTestFiles(files, { env: process.env, jobs: 2, signal, onLine })
  return { ok, written, counts: report.counts }
}

t.test('a suite that is skipped as a whole has not failed, and its reason is shown', async (t) => {
  const file = 'test/scripts/runs-nothing.ts'
  t.same(await run([file]), {
    ok: true,
    written: [`✓ ${file}`, `  ~ skipped: ${file}: there is nothing to run`],
    counts: { passed: 0, failed: 0, skipped: 1 },
  })
})

t.test('a suite whose process ends early has failed, whatever became of its tests', async (t) => {
  const file = 'test/scripts/ends-early.ts'
  const { ok, written, counts } = await run([file, 'test/scripts/runs-nothing.ts'])
  t.equal(ok, false)
  t.match(counts, { failed: 1, skipped: 1 })
  t.ok(written.includes(`✗ ${file}`))
  t.ok(written.includes('  | the process was ended by SIGKILL'))
})

t.test(
  'the time of a file has the CPU time of its children',
  { skip: platform() !== 'linux' && 'only Linux tells it' },
  async (t) => {
    const lines: string[] = []
    const onLine = (line: string) => lines.push(line)
    const { signal } = new AbortController()
    await runTestFiles(['test/scripts/works-in-a-child.ts'], { env: process.env, jobs: 1, signal, onLine })
    const [, cpuMs] = /,cpu=(\d+)ms$/.exec(lines.at(-1) ?? '') ?? []
    t.ok(Number(cpuMs) >= 300, `${cpuMs} ms`)
  },
)

t.test('a run that is interrupted starts no further file, and has failed', async (t) => {
  const signal = AbortSignal.abort('SIGTERM')
  const lines: string[] = []
  const onLine = (line: string) => lines.push(line)
  const { ok } = await runTestFiles(['test/line-limit.test.ts'], { env: process.env, jobs: 1, signal, onLine })
  t.equal(ok, false)
  t.same(lines, [])
})
