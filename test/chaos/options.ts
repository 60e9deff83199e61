import { parseArgs } from 'node:util'

export type Mode = 1 | 2

/** The options of a run of chaos. The same options and seed give the same plan, though not the same timing. */
export interface Options {
  readonly mode: Mode
  readonly seed: number
  /** How long things go wrong. */
  readonly chaosMs: number
  readonly clients: number
  readonly instances: number
  /** Notifications published in a second. */
  readonly rate: number
}

export const usage = `npm run chaos -- [options]

  --mode N        the mode of the instances, 1 or 2; 1 unless told
  --minutes N     how long things go wrong; 1 unless told
  --seed N        repeats the plan of a run
  --clients N     200 unless told
  --instances N   3 unless told
  --rate N        notifications in a second; 30 unless told`

/** Reads the command line; throws an Error that says what is wrong with it. Null when only help is asked for. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mode: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      clients: { type: 'string', default: '200' },
      instances: { type: 'string', default: '3' },
      rate: { type: 'string', default: '30' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  if (values.mode !== '1' && values.mode !== '2') throw new Error(`--mode: expected 1 or 2, got "${values.mode}"`)
  return {
    mode: values.mode === '1' ? 1 : 2,
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : number('seed', values.seed, 0, 2 ** 32 - 1),
    chaosMs: number('minutes', values.minutes, 0.1, 600) * 60_000,
    clients: number('clients', values.clients, 1, 5_000),
    instances: number('instances', values.instances, 2, 9),
    rate: number('rate', values.rate, 1, 500),
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name}: expected a number from ${least} to ${most}, got "${text}"`)
  }
  return value
}
