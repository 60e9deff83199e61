import { parseArgs } from 'node:util'

/** The available measurements. */
export const measurements = ['throughput', 'memory', 'latency', 'sending'] as const
export type Measurement = (typeof measurements)[number]

/**
 * The extent of each measurement. A pair is one round of the bare server and one of the service, or, of the ways to send,
 * one round of each.
 */
export interface Plan {
  readonly throughput: { clients: number; pairs: number; runInMs: number; windowMs: number }
  readonly memory: { clients: number; pairs: number; settleMs: number }
  readonly latency: { clients: number; rate: number; pairs: number; runInMs: number; windowMs: number }
  readonly sending: { clients: number; rate: number; pairs: number; runInMs: number; windowMs: number }
}

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
  --only NAME           ${measurements.join(', ')}; may be repeated
  --pairs N             number of rounds of each measurement
  --json FILE           also write every number to this file
  --node-flags "FLAGS"  Node.js flags for the service, instead of --max-semi-space-size=4`

const full: Plan = {
  throughput: { clients: 1_000, pairs: 3, runInMs: 3_000, windowMs: 6_000 },
  memory: { clients: 10_000, pairs: 3, settleMs: 2_000 },
  latency: { clients: 5_000, rate: 5_000, pairs: 3, runInMs: 2_500, windowMs: 8_000 },
  // A rate that leaves even a busy machine idle for some of the time: each message is on its own, as with most senders.
  sending: { clients: 200, rate: 200, pairs: 4, runInMs: 2_500, windowMs: 8_000 },
}

/** Shorter, but with the same load, so that the numbers are still roughly comparable. */
const quick: Plan = {
  throughput: { clients: 1_000, pairs: 2, runInMs: 1_500, windowMs: 2_000 },
  memory: { clients: 3_000, pairs: 1, settleMs: 1_200 },
  latency: { clients: 3_000, rate: 3_000, pairs: 1, runInMs: 1_500, windowMs: 3_500 },
  sending: { clients: 100, rate: 100, pairs: 1, runInMs: 1_500, windowMs: 3_500 },
}

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
  return {
    plan: withPairs(values.quick ? quick : full, values.pairs),
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

function withPairs(plan: Plan, text: string | undefined): Plan {
  if (text === undefined) return plan
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`--pairs: expected a whole number from 1 to 99, got "${text}"`)
  const pairs = Number(text)
  return {
    throughput: { ...plan.throughput, pairs },
    memory: { ...plan.memory, pairs },
    latency: { ...plan.latency, pairs },
    sending: { ...plan.sending, pairs },
  }
}

/** Descriptors that a process needs besides those of its clients, for files, the queue, the database and publishers. */
const spareFiles = 200

/** Returns the plan with no more clients than a process may have sockets, and a note for each reduction. */
export function fitToOpenFiles(plan: Plan, openFiles: number): { readonly plan: Plan; readonly notes: string[] } {
  const sockets = Math.max(2, openFiles - spareFiles)
  const notes: string[] = []
  // In throughput and latency the generator has clients of both servers at once.
  const fit = <P extends { clients: number }>(name: Measurement, part: P, servers: number): P => {
    const maxClients = Math.floor(sockets / servers)
    if (part.clients <= maxClients) return part
    notes.push(
      `${name}: ${maxClients} clients instead of ${part.clients}, since a process may open ${openFiles} files (ulimit -n)`,
    )
    return { ...part, clients: maxClients }
  }
  return {
    plan: {
      throughput: fit('throughput', plan.throughput, 2),
      memory: fit('memory', plan.memory, 1),
      latency: fit('latency', plan.latency, 2),
      sending: fit('sending', plan.sending, 1),
    },
    notes,
  }
}
