import { type Given, oneOf, parseCommandLine, wholeNumber } from '../../src/command-line.ts'
import { full, type Measurement, measurements, type Plan, quick, withPairs } from './plans.ts'

export interface Options {
  readonly plan: Plan
  readonly only: readonly Measurement[]
  readonly isQuick: boolean
  /** True when every measurement is taken: the files in docs/performance are written then. */
  readonly isComplete: boolean
  /** A further file for the numbers as JSON, or null. */
  readonly jsonFile: string | null
  /** The flags of Node.js for the service. */
  readonly nodeFlags: readonly string[]
}

/** The flags of `npm start` and of the image. */
const defaultNodeFlags = '--max-semi-space-size=4'

const options = {
  quick: { about: 'fewer clients and shorter rounds: about a minute' },
  only: { about: `${measurements.join(', ')}; may be repeated`, value: 'NAME', repeats: true },
  pairs: { about: 'number of rounds of each measurement', value: 'N' },
  json: { about: 'also write every number to this file', value: 'FILE' },
  'node-flags': {
    about: 'Node.js flags for the service',
    value: 'FLAGS',
    fallback: defaultNodeFlags,
    takesDashes: true,
  },
} as const

/** The form of the command line. */
export const commandLine = {
  name: 'npm run bench',
  about: 'Measures the service beside a bare server, and the ways to send beside each other.',
  options,
} as const

/** Returns the options of these arguments; null when they ask for help. Throws a `UsageError`. */
export function readOptions(args: readonly string[]): Options | null {
  const given = parseCommandLine(commandLine, args)
  return given === null ? null : optionsOf(given)
}

/** Returns the options of a command line. Throws a `UsageError`. */
export function optionsOf({ values }: Given<typeof options>): Options {
  const only = values.only.flatMap((names) => names.split(',')).map(measurementNamed)
  const plan = values.quick ? quick : full
  return {
    plan: values.pairs === undefined ? plan : withPairs(plan, wholeNumber('pairs', values.pairs, { from: 1, to: 99 })),
    only: only.length === 0 ? measurements : only,
    isQuick: values.quick === true,
    isComplete: only.length === 0,
    jsonFile: values.json ?? null,
    nodeFlags: values['node-flags'].split(/\s+/).filter((flag) => flag !== ''),
  }
}

function measurementNamed(name: string): Measurement {
  return oneOf('only', name, measurements)
}
