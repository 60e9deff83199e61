/**
 * Runs commands one after the other in this process, each as if it were the process: with its arguments, its output and its
 * exit code. Writes the ends as JSON.
 */

/** The end of a command. */
export interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** A command and its arguments. */
export interface OneRun {
  /** From the folder of the repository. */
  readonly file: string
  readonly args: readonly string[]
}

/** Thrown where a command ends its process. */
const exited = new Error('the command has ended its process')

const { stdout, stderr, exit } = process
const write = { stdout: stdout.write, stderr: stderr.write }
const runs = JSON.parse(process.argv[2] ?? '[]') as readonly OneRun[]
const ends: Ended[] = []
for (const [number, { file, args }] of runs.entries()) ends.push(await run(file, args, number))
stdout.write(JSON.stringify(ends), () => exit(0))

async function run(file: string, args: readonly string[], number: number): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  // The number makes the module another one, which runs anew; the modules that it imports stay.
  const { href } = new URL(`../../${file}?${number}`, import.meta.url)
  process.argv = [process.execPath, file, ...args]
  process.exitCode = undefined
  process.exit = ((code: number) => {
    process.exitCode = code
    throw exited
  }) as typeof process.exit
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = ((text: unknown) => {
      written[stream] += text
      return true
    }) as typeof stdout.write
  }
  try {
    await import(href)
  } catch (error) {
    if (error !== exited) throw error
  } finally {
    Object.assign(stdout, { write: write.stdout })
    Object.assign(stderr, { write: write.stderr })
  }
  return { code: process.exitCode ?? 0, ...written }
}
