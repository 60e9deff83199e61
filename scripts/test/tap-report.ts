/** What was counted: assertions, and tests that ended without one. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A test whose end has not come yet, with what was counted in it. */
interface OpenTest {
  readonly name: string
  count: number
  failed: number
}

const testPoint = /^(not )?ok\b(?: \d+)?(?: - )?(.*?)(?: # (SKIP|TODO)\b ?(.*?))?(?: # time=(\S+))?$/
/** Lines that say nothing to a person: version, plans, comments, settings of the parser. */
const machinery = /^(TAP version |\d+\.\.\d+|#|pragma |$)/
/** TAP indents what belongs to a test by this much. */
const indentation = 4

/**
 * Reads TAP line by line and writes what a person wants to see: a line for each file, below it the failures with
 * their diagnosis, what was skipped and why, and what the tests themselves have printed.
 */
export class TapReport {
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  readonly #write: (line: string) => void
  /** From the file down to the test at hand. */
  #open: OpenTest[] = []
  /** What goes below the line of the file at hand, which comes last in TAP. */
  #below: string[] = []
  /** How the diagnosis of the last test point would begin, and whether anybody wants it. */
  #mayFollow = { begin: '', wanted: false }
  /** The last line of the diagnosis at hand; null outside of one. */
  #end: string | null = null

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** Takes one line of TAP, without its line break. */
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
    // A test counts by what is in it, unless nothing is, or it failed although nothing in it did.
    const counts = test === undefined || test.count === 0 || (failed && test.failed === 0)
    const path = [...this.#open.slice(1).map((above) => above.name), name].join(' > ')
    if (counts) {
      this.counts[directive ? 'skipped' : failed ? 'failed' : 'passed'] += 1
      for (const above of this.#open) {
        above.count += 1
        if (failed) above.failed += 1
      }
    }
    if (depth === 0) this.#endFile(`${failed ? '✗' : '✓'} ${name}${time ? ` (${time})` : ''}`)
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

/** TAP escapes the hash, which begins a directive, and the backslash itself. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([#\\])/g, '$1')
}
