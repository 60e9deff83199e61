import fc from 'fast-check'
import { mostPauseMs } from './bounds.ts'

/** What happens to the world, after so many milliseconds. Numbers name devices and instances modulo how many there are. */
export type Step = { readonly afterMs: number } & (
  | { readonly do: 'publish' | 'post'; readonly device: number | null; readonly count: number }
  | { readonly do: 'join' | 'leave' | 'move' | 'hang up'; readonly device: number }
  | { readonly do: 'crash'; readonly instance: number; readonly effects: number; readonly phase: 'before' | 'after' }
  | { readonly do: 'pause'; readonly instance: number; readonly ms: number }
  | { readonly do: 'stop'; readonly instance: number }
)

/** One run, complete: the same schedule gives the same run. */
export interface Schedule {
  /** For everything that is not a step: how long words travel, which of them are lost. */
  readonly seed: number
  readonly instances: number
  readonly devices: readonly { readonly client: number; readonly ack: 'auto' | 'next' }[]
  readonly trouble: number
  readonly tight: boolean
  readonly steps: readonly Step[]
}

export const clientIds = ['alice', 'bob', 'carol'] as const

const afterMs = fc.oneof({ weight: 3, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(2_000) })
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
  fc.record({ do: fc.constant('pause' as const), afterMs, instance, ms: fc.integer({ min: 20, max: mostPauseMs }) }),
  fc.record({ do: fc.constant('stop' as const), afterMs, instance }),
)

const devices = fc.array(fc.record({ client: fc.nat(2), ack: fc.constantFrom('auto', 'next') }), {
  minLength: 1,
  maxLength: 5,
  size: 'max',
})
const instances = fc.integer({ min: 1, max: 3 })
const seed = fc.nat(0x7fff_ffff)

/** Nothing goes wrong: then every notification arrives once. */
const faultless: fc.Arbitrary<Schedule> = fc.record({
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
  seed,
  instances,
  devices,
  trouble: fc.constantFrom(0, 0.02, 0.1, 0.25),
  tight: fc.boolean(),
  steps: fc.array(
    fc.oneof({ weight: 4, arbitrary: publish }, { weight: 2, arbitrary: join }, { weight: 3, arbitrary: trouble }),
    { maxLength: 30, size: 'max' },
  ),
})

export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  { weight: 1, arbitrary: faultless },
  { weight: 5, arbitrary: troubled },
)

/** Whether nothing in it can go wrong. */
export function isFaultless({ trouble: chance, tight, steps }: Schedule): boolean {
  return (
    chance === 0 && !tight && steps.every((step) => step.do === 'publish' || step.do === 'post' || step.do === 'join')
  )
}
