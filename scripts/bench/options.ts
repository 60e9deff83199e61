import { parseArgs } from 'node:util'

/** What can be measured. */
export const measurements = ['throughput', 'memory', 'latency'] as const
export type Measurement = (typeof measurements)[number]

/** How much is measured; times in milliseconds. A pair is one round of the bare server and one of the service. */
export interface Plan {
  readonly throughput: { clients: number; pairs: number; runInMs: number; windowMs: number }
  readonly memory: { clients: number; pairs: number; settleMs: number }
  readonly latency: { clients: number; rate: number; pairs: number; runInMs: number; windowMs: number }
}

export interface Options {
  readonly plan: Plan
  readonly only: readonly Measurement[]
  /** Where the numbers go as JSON; null for nowhere. */
  readonly jsonFile: string | null
  /** Flags of Node.js that the service is started with. */
  readonly nodeFlags: readonly string[]
}

/** What `npm start` and the image run it with. */
const defaultNodeFlags = '--max-semi-space-size=4'

/** What `--help` prints. */
export const usage = `npm run bench -- [options]

  --quick               fewer clients and shorter rounds: about a minute
  --only NAME           ${measurements.join(', ')}; may be repeated
  --pairs N             how often everything is repeated
  --json FILE           writes every number to this file, too
  --node-flags "FLAGS"  Node.js flags for the service, instead of --max-semi-space-size=4`

const full: Plan = {
  throughput: { clients: 1_000, pairs: 3, runInMs: 3_000, windowMs: 6_000 },
  memory: { clients: 10_000, pairs: 3, settleMs: 2_000 },
  latency: { clients: 5_000, rate: 5_000, pairs: 3, runInMs: 2_500, windowMs: 8_000 },
}

/** Less of everything but of the load itself, so that the numbers still compare, if roughly. */
const quick: Plan = {
  throughput: { clients: 1_000, pairs: 2, runInMs: 1_500, windowMs: 2_000 },
  memory: { clients: 3_000, pairs: 1, settleMs: 1_200 },
  latency: { clients: 3_000, rate: 3_000, pairs: 1, runInMs: 1_500, windowMs: 3_500 },
}

/** Reads the command line; throws an Error that says what is wrong with it. Null when only help is asked for. */
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
  return {
    plan: withPairs(values.quick ? quick : full, values.pairs),
    only: only.length === 0 ? measurements : only,
    jsonFile: values.json ?? null,
    nodeFlags: values['node-flags'].split(/\s+/).filter((flag) => flag !== ''),
  }
}

/** The flags of another program begin with dashes, too: only behind an equals sign are they taken for a value. */
function withFlagsAttached(args: readonly string[]): string[] {
  const at = args.indexOf('--node-flags')
  if (at === -1 || at + 1 === args.length) return [...args]
  return [...args.slice(0, at), `--node-flags=${args[at + 1]}`, ...args.slice(at + 2)]
}

function measurementNamed(name: string): Measurement {
  const measurement = measurements.find((one) => one === name)
  if (measurement === undefined) throw new Error(`--only: expected one of ${measurements.join(', ')}, got "${name}"`)
  return measurement
}

function withPairs(plan: Plan, text: string | undefined): Plan {
  if (text === undefined) return plan
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`--pairs: expected a whole number from 1 to 99, got "${text}"`)
  const pairs = Number(text)
  return {
    throughput: { ...plan.throughput, pairs },
    memory: { ...plan.memory, pairs },
    latency: { ...plan.latency, pairs },
  }
}

/** Descriptors that a process needs besides those of its clients: files, the queue, the database, publishers. */
const spareFiles = 200

/** The plan with no more clients than a process may have sockets, and what had to be cut, for people. */
export function fitToOpenFiles(plan: Plan, openFiles: number): { readonly plan: Plan; readonly notes: string[] } {
  const sockets = Math.max(2, openFiles - spareFiles)
  const notes: string[] = []
  // In two of the measurements the generator has clients of both servers at once.
  const fit = <P extends { clients: number }>(name: Measurement, part: P, servers: number): P => {
    const most = Math.floor(sockets / servers)
    if (part.clients <= most) return part
    notes.push(
      `${name}: ${most} clients instead of ${part.clients}, since a process may open ${openFiles} files (ulimit -n)`,
    )
    return { ...part, clients: most }
  }
  return {
    plan: {
      throughput: fit('throughput', plan.throughput, 2),
      memory: fit('memory', plan.memory, 1),
      latency: fit('latency', plan.latency, 2),
    },
    notes,
  }
}
