import { describeExit } from '../stack/service.ts'
import { expect } from './expect.ts'
import type { Step } from './world.ts'

/** The last step in both modes. */
export const endingStep: Step = {
  title: 'All instances are told to stop',
  async run({ first, second }) {
    const exits = await Promise.all([first.stop(), second.stop()])
    const ends = exits.map(describeExit)
    expect(
      exits.every(({ code }) => code === 0),
      `the instances ended with ${ends.join(' and ')}`,
    )
    return `both have ended with ${ends[0]}`
  },
}
