/** The counts of assertions, and of tests that ended without one. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A test that has not ended yet, with the counts of its assertions so far. */
interface OpenTest {
  readonly name: string
  count: number
  failed: number
}

/** A test point; TAP's two directives, for tests that are skipped and tests that may fail, have four capitals. */
const testPoint = /^(not )?ok\b(?: \d+)?(?: - )?(.*?)(?: # ([A-Z]{4})\b ?(.*?))?(?: # time=(\S+))?$/
/** Lines of no use to a person: version, plans, comments, settings of the parser. */
const machinery = /^(TAP version |\d+\.\.\d+|#|pragma |$)/
/** TAP indents the lines of a test by this many characters. */
const indentation = 4

/**
 * Reads TAP line by line and writes a report for people: a line for each file, and below it the failures with their
 * diagnosis, the skipped tests with their reasons, and the output of the tests.
 */
export class TapReport {
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  /** The files with a failure, in their order. */
  failedFiles: string[] = []
  readonly #write: (line: string) => void
  /** The open tests, from the file down to the current test. */
  #open: OpenTest[] = []
  /** Lines to be written below the line of the current file, which comes last in TAP. */
  #below: string[] = []
  /** The line that would begin a diagnosis of the last test point, and whether the report shows that diagnosis. */
  #mayFollow = { begin: '', wanted: false }
  /** The line that ends the current diagnosis; null outside of a diagnosis. */
  #end: string | null = null

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** Takes the failures back, as their files run again. Checks that passed are then counted once more. */
  startAgain(): void {
    this.counts.failed = 0
    this.failedFiles = []
  }

  /** Reads one line of TAP, without its line break. */
  line(text: string): void {
    const { begin, wanted } = this.#mayFollow
    if (this.#end !== null) {
      if (text === this.#end) this.#end = null
      else if (wanted && text.trim() !== '') this.#say(`    ${text.slice(begin.length - 3)}`)
      return
    }
    if (text === begin) {
      this.#end = begin.replace('---', '...')
      return
    }
    const content = text.trimStart()
    const depth = Math.floor((text.length - content.length) / indentation)
    if (content.startsWith('# Subtest: ')) {
      this.#open = [...this.#open.slice(0, depth), { name: withoutEscapes(content.slice(11)), count: 0, failed: 0 }]
      return
    }
    const found = testPoint.exec(content)
    if (found) this.#point(depth, found)
    else if (!machinery.test(content)) this.#say(`  | ${content}`)
  }

  #point(depth: number, [, not, rest = '', directive, reason, time]: RegExpExecArray): void {
    const name = withoutEscapes(rest)
    const test = this.#open[depth]?.name === name ? this.#open[depth] : undefined
    this.#open = this.#open.slice(0, depth)
    const failed = not !== undefined && directive === undefined
    // A test itself counts only if it has no assertions, or failed without a failed assertion.
    const counts = test === undefined || test.count === 0 || (failed && test.failed === 0)
    const path = [...this.#open.slice(1).map((above) => above.name), name].join(' > ')
    if (counts) {
      this.counts[directive ? 'skipped' : failed ? 'failed' : 'passed'] += 1
      for (const above of this.#open) {
        above.count += 1
        if (failed) above.failed += 1
      }
    }
    if (depth === 0 && failed) this.failedFiles.push(name)
    if (depth === 0)
      this.#endFile(`${failed ? '✗' : '✓'} ${name}${time ? ` (${time.replace(',cpu=', ', CPU ')})` : ''}`)
    if (counts && directive) this.#say(`  ~ skipped: ${path}${reason ? `: ${reason}` : ''}`)
    if (counts && failed) this.#say(`  ✗ ${path}`)
    this.#mayFollow = { begin: `${' '.repeat(depth * indentation + 2)}---`, wanted: counts && failed }
  }

  #endFile(line: string): void {
    this.#write(line)
    for (const below of this.#below) this.#write(below)
    this.#below = []
  }

  #say(line: string): void {
    if (this.#open.length === 0) this.#write(line)
    else this.#below.push(line)
  }
}

/** Removes the escapes of TAP: of the hash, which would begin a directive, and of the backslash. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([#\\])/g, '$1')
}
