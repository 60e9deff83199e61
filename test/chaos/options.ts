import { modeOf } from '../../scripts/modes.ts'
import { anyNumber, type Given, wholeNumber } from '../../src/command-line.ts'

export type Mode = 1 | 2

/** The options of a run of chaos. The same options and seed give the same plan, though not the same timing. */
export interface Options {
  readonly mode: Mode
  readonly seed: number
  /** The time during which faults occur, before everything heals. */
  readonly chaosMs: number
  readonly clients: number
  readonly instances: number
  /** The value of INSTANCES: each of these instances is so many behind one port. */
  readonly perPlace: number
  /** Notifications published in a second. */
  readonly rate: number
}

const options = {
  mode: { about: 'the mode of the instances, 1 or 2', value: 'MODE', fallback: '1' },
  minutes: { about: 'how long things go wrong', value: 'N', fallback: '1' },
  seed: { about: 'repeats the plan of a run', value: 'N' },
  clients: { about: 'the number of clients', value: 'N', fallback: '200' },
  instances: { about: 'the number of instances', value: 'N', fallback: '3' },
  'per-place': { about: 'each of them is so many instances behind one port (INSTANCES)', value: 'N', fallback: '1' },
  rate: { about: 'notifications in a second', value: 'N', fallback: '30' },
} as const

/** The form of the command line. */
export const commandLine = {
  name: 'npm run chaos',
  about: 'Kills, stops and cuts off real instances under load, and looks for lost notifications.',
  options,
} as const

/** Returns the options of a run. Throws a `UsageError`. */
export function readOptions({ values }: Given<typeof options>): Options {
  const { mode, minutes, seed, clients, instances, 'per-place': perPlace, rate } = values
  return {
    mode: modeOf(mode),
    seed:
      seed === undefined ? Math.floor(Math.random() * 1e9) : wholeNumber('seed', seed, { from: 0, to: 2 ** 32 - 1 }),
    chaosMs: anyNumber('minutes', minutes, { from: 0.1, to: 600 }) * 60_000,
    clients: wholeNumber('clients', clients, { from: 1, to: 5_000 }),
    instances: wholeNumber('instances', instances, { from: 2, to: 9 }),
    perPlace: wholeNumber('per-place', perPlace, { from: 1, to: 8 }),
    rate: anyNumber('rate', rate, { from: 1, to: 500 }),
  }
}
