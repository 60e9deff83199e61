import t from 'tap'
import { TapReport } from '../../scripts/test/tap-report.ts'

function report(tap: string) {
  const lines: string[] = []
  const it = new TapReport((line) => lines.push(line))
  for (const line of tap.split('\n')) it.line(line)
  return { lines, counts: it.counts, it }
}

t.test('assertions are counted, and not the tests around them', async (t) => {
  const { lines, counts } = report(`TAP version 14
# Subtest: test/a.test.ts
    # Subtest: good
        ok 1 - one
        ok 2 - two
        1..2
    ok 1 - good # time=1ms
    1..1
ok 1 - test/a.test.ts # time=2ms
1..1`)
  t.same(counts, { passed: 2, failed: 0, skipped: 0 })
  t.same(lines, ['✓ test/a.test.ts (2ms)'])
})

t.test('a failure is shown with its path and its diagnosis', async (t) => {
  const { lines, counts } = report(`# Subtest: test/a.test.ts
    # Subtest: outer
        not ok 1 - deep \\# down
          ---
          diff: |
            -1
          ...
        1..1
    not ok 1 - outer # time=1ms
      ---
      at: nowhere
      ...
not ok 1 - test/a.test.ts # time=2ms
  ---
  exitCode: 1
  ...`)
  t.same(counts, { passed: 0, failed: 1, skipped: 0 })
  t.same(lines, ['✗ test/a.test.ts (2ms)', '  ✗ outer > deep # down', '    diff: |', '      -1'])
})

t.test('the line of a file has its CPU time where that is known', async (t) => {
  const { lines } = report(`# Subtest: test/a.test.ts
    ok 1 - fine
ok 1 - test/a.test.ts # time=2ms,cpu=40ms`)
  t.same(lines, ['✓ test/a.test.ts (2ms, CPU 40ms)'])
})

t.test('a skipped test is shown with its reason', async (t) => {
  const { lines, counts } = report(`# Subtest: test/a.test.ts
    ok 1 - left out # SKIP needs Linux
    1..1
ok 1 - test/a.test.ts`)
  t.same(counts, { passed: 0, failed: 0, skipped: 1 })
  t.same(lines, ['✓ test/a.test.ts', '  ~ skipped: left out: needs Linux'])
})

t.test('a file that exits with an error counts as a failure, even without a failed assertion', async (t) => {
  const { lines, counts } = report(`# Subtest: test/a.test.ts
    ok 1 - fine
    1..1
not ok 1 - test/a.test.ts
  ---
  exitCode: 3
  ...`)
  t.same(counts, { passed: 1, failed: 1, skipped: 0 })
  t.same(lines, ['✗ test/a.test.ts', '  ✗ test/a.test.ts', '    exitCode: 3'])
})

t.test('the output of a test is shown below its file', async (t) => {
  const { lines } = report(`# Subtest: test/a.test.ts
    hello
    ok 1 - fine
ok 1 - test/a.test.ts`)
  t.same(lines, ['✓ test/a.test.ts', '  | hello'])
})

t.test('files that failed are named, and count no more once they run again', async (t) => {
  const { counts, it } = report(`# Subtest: test/a.test.ts
    not ok 1 - late
    1..1
not ok 1 - test/a.test.ts # time=2ms
# Subtest: test/b.test.ts
    ok 1 - fine
    1..1
ok 2 - test/b.test.ts # time=2ms`)
  t.same(it.failedFiles, ['test/a.test.ts'])
  it.startAgain()
  for (const line of ['# Subtest: test/a.test.ts', '    ok 1 - late', '    1..1', 'ok 1 - test/a.test.ts'])
    it.line(line)
  t.same(counts, { passed: 2, failed: 0, skipped: 0 })
  t.same(it.failedFiles, [])
})
