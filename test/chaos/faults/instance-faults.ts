import type { Instance } from '../instance.ts'
import type { Ledger } from '../ledger.ts'
import type { Random } from '../random.ts'
import type { Faults } from './fault.ts'

/** A pause longer than a fence (20 s) makes an instance of mode 1 wake up beside its successors. */
const pauseMs = [3_000, 30_000] as const
const downMs = [500, 5_000] as const
/** An instance that wakes up needs so long to catch up. */
const aftermathMs = 2_000

interface Site {
  readonly instances: readonly Instance[]
  readonly ledger: Ledger
  readonly random: Random
  /** Told of an instance's address when it was killed. */
  readonly onKilled: (url: string) => Promise<void>
}

/** Instances that die, stand still, and leave; whatever ends is started again. */
export function instanceFaults({ instances, ledger, random, onKilled }: Site): Faults {
  /** One instance is always left alone. */
  const toOne = (happen: (instance: Instance) => Promise<void>): Promise<void> | null => {
    const well = instances.filter(({ state }) => state === 'up')
    const instance = random.pick(well)
    if (instance === undefined || well.length < 2) return null
    return happen(instance).finally(ledger.disturb({ url: instance.url, aftermathMs }))
  }
  return {
    'kill instance': {
      weight: 3,
      begin: ({ ms }) =>
        toOne(async (instance) => {
          const { url } = instance
          instance.kill(ms(downMs))
          await onKilled(url)
          await instance.listening()
        }),
    },
    'pause instance': {
      weight: 3,
      begin: ({ last }) =>
        toOne(async (instance) => {
          instance.pause()
          await last(pauseMs)
          instance.resume()
        }),
    },
    'drain instance': {
      weight: 3,
      begin: () =>
        toOne(async (instance) => {
          await instance.drain()
          await instance.listening()
        }),
    },
  }
}
