import { type Ended, runTestFile } from './test-process.ts'

interface Options {
  readonly env: NodeJS.ProcessEnv
  /** The number of files that run at once. */
  readonly jobs: number
  /** Ends the run: no further file is started, and the processes get the signal that is its reason. */
  readonly signal: AbortSignal
  /** Called with each line of TAP, file by file. */
  readonly onLine: (line: string) => void
}

/**
 * Runs test files, and writes their TAP as `tap run` does. That would give each process the hooks of tap's plugins, for
 * coverage and for mocks; without them a process takes half a second less of the processor to start, and up to two.
 */
export async function runTestFiles(
  files: readonly string[],
  { env, jobs, signal, onLine }: Options,
): Promise<{ readonly ok: boolean }> {
  const waiting = [...files]
  let ok = true
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined && !signal.aborted; file = waiting.shift()) {
      const ended = await runTestFile(file, env, signal)
      for (const line of subtest(file, ended)) onLine(line)
      ok &&= ended.ok
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return { ok: ok && !signal.aborted }
}

/** Returns the TAP of a process as that of a subtest. */
function subtest(file: string, { lines, ok, ms, cpuMs }: Ended): readonly string[] {
  const skipped = lines.map((line) => /^1\.\.0(?: # (.*))?$/.exec(line)).find((found) => found !== null)
  const directive = skipped && ok ? ` # SKIP ${skipped[1] ?? 'no tests found'}` : ''
  return [
    `# Subtest: ${file}`,
    ...lines.map((line) => `    ${line}`),
    `${ok ? 'ok' : 'not ok'} - ${file}${directive} # time=${Math.round(ms)}ms${cpuMs === null ? '' : `,cpu=${cpuMs}ms`}`,
  ]
}
