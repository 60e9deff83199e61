import { parseCommandLine } from '../../src/command-line.ts'
import { commandLine, type Options, readOptions } from '../../src/dead-letters/options.ts'

/** Returns the options of a command line. Throws a `UsageError`. */
export function optionsOf(args: readonly string[]): Options {
  const given = parseCommandLine(commandLine, args)
  if (given === null) throw new Error('the command line asks for help')
  return readOptions(given)
}
