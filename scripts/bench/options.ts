import { parseArgs } from 'node:util'
import { full, type Measurement, measurements, type Plan, quick, withPairs } from './plans.ts'

export interface Options {
  readonly plan: Plan
  readonly only: readonly Measurement[]
  /** The file for the numbers as JSON, or null. */
  readonly jsonFile: string | null
  /** The flags of Node.js for the service. */
  readonly nodeFlags: readonly string[]
}

/** The flags of `npm start` and of the image. */
const defaultNodeFlags = '--max-semi-space-size=4'

/** The text that `--help` prints. */
export const usage = `npm run bench -- [options]

  --quick               fewer clients and shorter rounds: about a minute
  --only NAME           may be repeated, or several separated by commas:
                        ${measurements.join(', ')}
  --pairs N             number of rounds of each measurement
  --json FILE           also write every number to this file
  --node-flags "FLAGS"  Node.js flags for the service, instead of --max-semi-space-size=4`

/** Reads the command line. Throws an `Error` that names the fault; returns null for `--help`. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: withFlagsAttached(args),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      pairs: { type: 'string' },
      json: { type: 'string' },
      'node-flags': { type: 'string', default: defaultNodeFlags },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const only = values.only.flatMap((names) => names.split(',')).map(measurementNamed)
  const plan = values.quick ? quick : full
  return {
    plan: values.pairs === undefined ? plan : withPairs(plan, pairsIn(values.pairs)),
    only: only.length === 0 ? measurements : only,
    jsonFile: values.json ?? null,
    nodeFlags: values['node-flags'].split(/\s+/).filter((flag) => flag !== ''),
  }
}

/**
 * Attaches the value of `--node-flags` with an equals sign: the flags begin with dashes, which would not be a value.
 */
function withFlagsAttached(args: readonly string[]): string[] {
  const at = args.indexOf('--node-flags')
  if (at === -1 || at + 1 === args.length) return [...args]
  return [...args.slice(0, at), `--node-flags=${args[at + 1]}`, ...args.slice(at + 2)]
}

function measurementNamed(name: string): Measurement {
  const measurement = measurements.find((known) => known === name)
  if (measurement === undefined) throw new Error(`--only: expected one of ${measurements.join(', ')}, got "${name}"`)
  return measurement
}

function pairsIn(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`--pairs: expected a whole number from 1 to 99, got "${text}"`)
  return Number(text)
}
