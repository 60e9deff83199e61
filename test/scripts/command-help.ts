import type { Test } from 'tap'
import type { Command } from './command-runs.ts'
import type { Ended } from './several-commands.ts'

/** Returns the arguments of the runs that tell of its help: it is asked for, and, where it can be, an option is unknown. */
export function helpRuns({ passesOn }: Command): readonly string[] {
  return passesOn ? ['--help'] : ['--help', '--no-such-option']
}

/** Checks the ends of these runs. */
export function hasHelp(t: Test, { name, passesOn }: Command, [help, refused]: readonly Ended[]): void {
  t.equal(help?.code, 0)
  t.equal(help?.stderr, '')
  const text = help?.stdout ?? ''
  t.match(text, /^usage: npm (run )?\S+ -- .*\[options\]\n\n[A-Z].*\.\n\n( {2}.*\n)* {2}--help +print this text\n$/)
  t.ok(text.startsWith(`usage: npm ${/^(start|test)$/.test(name) ? '' : 'run '}${name} --`), text)
  if (passesOn) return
  t.equal(refused?.code, 2)
  t.equal(refused?.stdout, '')
  t.match(refused?.stderr, /--no-such-option/)
  t.match(refused?.stderr, text.trim(), 'the help follows the fault')
}
