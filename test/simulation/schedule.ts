import fc from 'fast-check'
import { maxPauseMs } from './bounds.ts'

/** An event in the world, after so many milliseconds. Numbers name devices and instances modulo how many there are. */
export type Step = { readonly afterMs: number } & (
  | { readonly do: 'publish' | 'post'; readonly device: number | null; readonly count: number }
  | { readonly do: 'join' | 'leave' | 'move' | 'hang up'; readonly device: number }
  | { readonly do: 'crash'; readonly instance: number; readonly effects: number; readonly phase: 'before' | 'after' }
  | { readonly do: 'pause'; readonly instance: number; readonly ms: number }
  | { readonly do: 'stop'; readonly instance: number }
)

/** One run, complete: the same schedule gives the same run. */
export interface Schedule {
  /** The seed of everything that is not a step, such as which packets are lost and how long the others travel. */
  readonly seed: number
  readonly instances: number
  readonly devices: readonly {
    readonly client: number
    readonly ack: 'auto' | 'next'
    readonly form: 'poll' | 'stream'
  }[]
  readonly trouble: number
  readonly tight: boolean
  /** In mode 2, when the queue of each client comes to be, in milliseconds. */
  readonly late: readonly number[]
  /** In mode 2, whether instances make queues that are missing. */
  readonly autoCreate: boolean
  readonly steps: readonly Step[]
}

export const clientIds = ['alice', 'bob', 'carol'] as const

const afterMs = fc.oneof({ weight: 3, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(15_000) })
const device = fc.nat(5)
const instance = fc.nat(2)

const publish = fc.record({
  do: fc.constantFrom('publish', 'publish', 'post'),
  afterMs,
  // To the client of a device, seldom to one that never polls.
  device: fc.oneof({ weight: 30, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.constant(null) }),
  count: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) }),
})
const join = fc.record({ do: fc.constant('join' as const), afterMs, device })

const trouble: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('leave', 'move', 'hang up'), afterMs, device }),
  fc.record({
    do: fc.constant('crash' as const),
    afterMs,
    instance,
    effects: fc.integer({ min: 1, max: 8 }),
    phase: fc.constantFrom('before', 'after'),
  }),
  fc.record({
    do: fc.constant('pause' as const),
    afterMs,
    instance,
    ms: fc.integer({ min: 20, max: maxPauseMs }),
  }),
  fc.record({ do: fc.constant('stop' as const), afterMs, instance }),
)

const oneDevice = fc.record({
  client: fc.nat(2),
  ack: fc.constantFrom('auto', 'next'),
  form: fc.constantFrom('poll', 'poll', 'stream'),
})
const devices = fc.array(oneDevice, { minLength: 1, maxLength: 5, size: 'max' })
const instances = fc.integer({ min: 1, max: 3 })
const seed = fc.nat(0x7fff_ffff)

/** The part of a schedule about queues. In mode 1 it has nothing to choose. */
const queues: Record<1 | 2, { late: fc.Arbitrary<number[]>; autoCreate: fc.Arbitrary<boolean> }> = {
  1: { late: fc.constant([]), autoCreate: fc.constant(false) },
  2: {
    late: fc.array(fc.constantFrom(0, 0, 0, 0, 800, 4_000), { minLength: 3, maxLength: 3 }),
    autoCreate: fc.boolean(),
  },
}
function schedulesOf(mode: 1 | 2): fc.Arbitrary<Schedule> {
  /** Nothing goes wrong: then every notification arrives once. */
  const faultless: fc.Arbitrary<Schedule> = fc.record({
    ...queues[mode],
    seed,
    instances,
    devices,
    trouble: fc.constant(0),
    tight: fc.constant(false),
    steps: fc.array(fc.oneof({ weight: 3, arbitrary: publish }, { weight: 1, arbitrary: join }), {
      maxLength: 15,
      size: 'max',
    }),
  })
  const troubled: fc.Arbitrary<Schedule> = fc.record({
    ...queues[mode],
    seed,
    instances,
    devices,
    trouble: fc.constantFrom(0, 0, 0.02, 0.1, 0.25),
    tight: fc.boolean(),
    steps: fc.array(
      fc.oneof({ weight: 4, arbitrary: publish }, { weight: 2, arbitrary: join }, { weight: 3, arbitrary: trouble }),
      { maxLength: 30, size: 'max' },
    ),
  })
  return fc.oneof({ weight: 1, arbitrary: faultless }, { weight: 5, arbitrary: troubled })
}

/** Clients of one device each that go from instance to instance, which is no fault in mode 1. */
const wandering: fc.Arbitrary<Schedule> = fc.record({
  ...queues[1],
  seed,
  instances: fc.integer({ min: 2, max: 3 }),
  devices: fc
    .array(oneDevice, { minLength: 1, maxLength: 3, size: 'max' })
    .map((list) => list.map((one, client) => ({ ...one, client }))),
  trouble: fc.constant(0),
  tight: fc.constant(false),
  steps: fc.array(fc.oneof(publish, fc.record({ do: fc.constantFrom('join', 'move', 'move'), afterMs, device })), {
    maxLength: 30,
    size: 'max',
  }),
})

export const schedules = {
  1: fc.oneof({ weight: 1, arbitrary: wandering }, { weight: 6, arbitrary: schedulesOf(1) }),
  2: schedulesOf(2),
} as const

/**
 * Whether nothing in it can go wrong. To go to another instance is no fault in mode 1, but for clients of several devices:
 * what those that stay behind were handed and have not acknowledged is sent after the others. In mode 2 nobody passes on
 * what is acknowledged elsewhere.
 */
export function isFaultless(mode: 1 | 2, { trouble: chance, tight, steps, devices }: Schedule): boolean {
  const isAlone = new Set(devices.map(({ client }) => client)).size === devices.length
  const mayMove = mode === 1 && isAlone
  const harmless: readonly Step['do'][] = ['publish', 'post', 'join', ...(mayMove ? ['move' as const] : [])]
  return chance === 0 && !tight && steps.every((step) => harmless.includes(step.do))
}
