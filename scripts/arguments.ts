import { parseArgs } from 'node:util'

/** Numbers of a command line, and the modes that it is for. */
export interface Arguments<Name extends string> {
  readonly modes: readonly (1 | 2)[]
  readonly numbers: Readonly<Record<Name, number>>
}

/**
 * Reads `--mode 1|2`, which stands for both modes when it is absent, and options that are whole numbers of 1 or more, with
 * their defaults. Returns null for anything else.
 */
export function readArguments<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Arguments<Name> | null {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries(['mode', ...names].map((name) => [name, { type: 'string' as const }]))
  let values: Readonly<Record<string, unknown>>
  try {
    values = parseArgs({ args: [...args], options }).values
  } catch {
    return null
  }
  const modes = ([1, 2] as const).filter((mode) => values.mode === undefined || values.mode === String(mode))
  const numbers = Object.fromEntries(names.map((name) => [name, Number(values[name] ?? defaults[name])]))
  const areCounts = Object.values(numbers).every((value) => Number.isSafeInteger(value) && value > 0)
  return modes.length > 0 && areCounts ? { modes, numbers: numbers as Record<Name, number> } : null
}
