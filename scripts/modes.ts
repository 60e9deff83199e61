import { oneOf, wholeNumber } from '../src/command-line.ts'

/** The option of commands that play one mode of the service, or both. */
export const modeOption = { about: 'the mode of the service, 1 or 2; both when absent', value: 'MODE' } as const

/** Returns the modes that `--mode` stands for. Throws a `UsageError`. */
export function modesOf(mode: string | undefined): readonly (1 | 2)[] {
  return mode === undefined ? [1, 2] : [modeOf(mode)]
}

/** Returns the mode that `--mode` names. Throws a `UsageError`. */
export function modeOf(mode: string): 1 | 2 {
  return oneOf('mode', mode, ['1', '2']) === '1' ? 1 : 2
}

/** Returns the value of an option that counts something. Throws a `UsageError`. */
export function countOf(option: string, text: string): number {
  return wholeNumber(option, text, { from: 1, to: 2 ** 31 })
}
