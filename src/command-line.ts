import { parseArgs } from 'node:util'

/** The exit codes of every command. */
export const exitCodes = {
  ok: 0,
  /** The command did not do its work, or found something. */
  failure: 1,
  /** The command line is wrong, and nothing was done. */
  usage: 2,
  /** A signal ended the work. */
  interrupted: 130,
} as const

/** A fault of the command line. Its message names the option. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** An option with a value, or, without `value`, a flag. */
export interface Option {
  readonly about: string
  /** The name of the value in the help, such as `SECONDS`. */
  readonly value?: string
  readonly fallback?: string
  /** The option may be repeated, and has a list of values. */
  readonly repeats?: true
  /** Values may begin with a dash, as the flags of another program do. */
  readonly takesDashes?: true
}

export type Options = Readonly<Record<string, Option>>

/** A value without a name, which stands after the options or between them. */
export interface Operand {
  readonly name: string
  readonly about: string
  readonly isOptional?: true
  /** Any number of values may follow; only the last operand can repeat. */
  readonly repeats?: true
}

/** The form of a command line: the source of its help, and the rules it is read by. */
export interface CommandLine<Table extends Options = Options> {
  /** As it is typed, such as `npm run token` or `notifications listen`. */
  readonly name: string
  /** One sentence. */
  readonly about: string
  readonly operands?: readonly Operand[]
  readonly options?: Table
  /** Arguments that the table does not know are operands: another program understands them. */
  readonly passesOn?: true
}

type ValueOf<Spec extends Option> = Spec extends { readonly value: string }
  ? Spec extends { readonly repeats: true }
    ? readonly string[]
    : Spec extends { readonly fallback: string }
      ? string
      : string | undefined
  : boolean

/** The values of a command line. */
export interface Given<Table extends Options> {
  readonly values: { readonly [Name in keyof Table]: ValueOf<Table[Name]> }
  readonly operands: readonly string[]
}

/** Returns the values of a command line; null when it asks for help. Throws a `UsageError`. */
export function parseCommandLine<const Table extends Options>(
  line: CommandLine<Table>,
  args: readonly string[],
): Given<Table> | null {
  const { options = {} as Table, operands = [], passesOn } = line
  const [own, others] = passesOn ? split(options, args) : [args, []]
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { value, fallback, repeats }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(fallback === undefined ? {} : { default: fallback }),
        ...(repeats === undefined ? {} : { multiple: true, default: [] }),
      },
    ]),
  )
  const help = { type: 'boolean', short: 'h' } as const
  const { values, positionals } = parsed(() =>
    parseArgs({ args: attached(options, own), options: { ...config, help }, allowPositionals: true }),
  )
  if (values.help) return null
  const unexpected = positionals[operands.length]
  if (unexpected !== undefined && !passesOn && !operands.at(-1)?.repeats)
    throw new UsageError(`Unexpected argument "${unexpected}"`)
  const missing = operands[positionals.length]
  if (missing !== undefined && !missing.isOptional) throw new UsageError(`${missing.name} is missing`)
  const flags = Object.entries(options).filter(([, { value }]) => value === undefined)
  const absent = Object.fromEntries(flags.map(([name]) => [name, false]))
  return { values: { ...absent, ...values } as Given<Table>['values'], operands: [...others, ...positionals] }
}

/** Separates the arguments of this command from the options that another program understands. */
function split(options: Options, args: readonly string[]): readonly [own: string[], others: string[]] {
  const isOther = (arg: string) => {
    const [name = ''] = arg.replace(/^--/, '').split('=')
    return arg.startsWith('-') && !(name in options) && arg !== '--help' && arg !== '-h'
  }
  return [args.filter((arg) => !isOther(arg)), args.filter(isOther)]
}

function parsed<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Attaches values that begin with a dash to their option by an equals sign: they would not be taken as values. */
function attached(options: Options, args: readonly string[]): string[] {
  const result: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const value = args[at + 1]
    const takes = value !== undefined && options[arg.replace(/^--/, '')]?.takesDashes
    result.push(takes ? `${arg}=${value}` : arg)
    if (takes) at += 1
  }
  return result
}

/** Returns the help of a command. */
export function usageOf({ name, about, operands = [], options = {} }: CommandLine): string {
  const named = Object.entries(options).map(
    ([option, { value, about, fallback }]) =>
      [
        `--${option}${value === undefined ? '' : ` ${value}`}`,
        fallback ? `${about}; ${fallback} by default` : about,
      ] as const,
  )
  const rows = [
    ...operands.map(({ name, about }) => [name, about] as const),
    ...named,
    ['--help', 'print this text'] as const,
  ]
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const places = operands.map(({ name, isOptional, repeats }) => {
    const place = repeats ? `${name} ...` : name
    return isOptional ? `[${place}]` : place
  })
  // npm takes options for its own unless two dashes stand before them.
  const called = name.startsWith('npm ') ? `${name} --` : name
  const usage = `usage: ${called} ${[...places, '[options]'].join(' ')}`
  return `${usage}\n\n${about}\n\n${rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n')}`
}

/**
 * Runs a command: prints its help, or the fault of its command line, or does its work. Resolves with the exit code, and never
 * rejects: an error of the work is printed, and is a failure.
 */
export async function runCommand<const Table extends Options, Asked>(
  line: CommandLine<Table>,
  read: (given: Given<Table>) => Asked,
  work: (asked: Asked) => Promise<number>,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  let asked: Asked
  try {
    const given = parseCommandLine(line, args)
    if (given === null) {
      console.log(usageOf(line))
      return exitCodes.ok
    }
    asked = read(given)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${usageOf(line)}`)
    return exitCodes.usage
  }
  try {
    return await work(asked)
  } catch (error) {
    console.error(error instanceof Error ? error.stack : error)
    return exitCodes.failure
  }
}

interface Range {
  readonly from: number
  readonly to: number
}

/** Returns the value of an option that is a whole number. Throws a `UsageError`. */
export function wholeNumber(option: string, text: string, { from, to }: Range): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new UsageError(`--${option}: expected a whole number from ${from} to ${to}, got "${text}"`)
  }
  return value
}

/** Returns the value of an option that is a number, whole or not. Throws a `UsageError`. */
export function anyNumber(option: string, text: string, { from, to }: Range): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= from && value <= to)) {
    throw new UsageError(`--${option}: expected a number from ${from} to ${to}, got "${text}"`)
  }
  return value
}

/** Returns the value of an option that is one of a few words. Throws a `UsageError`. */
export function oneOf<const Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text)
  if (word !== undefined) return word
  throw new UsageError(`--${option}: expected one of ${words.join(', ')}, got "${text}"`)
}
