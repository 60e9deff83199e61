import { type Case, expect, type World } from '../case.ts'
import type { Requirement } from '../requirement.ts'
import type { Step } from '../service/stand-in-service.ts'

/** Resolves when the application has got these notifications and the service has been told so. */
export async function delivered({ client, service, until }: World, ...ids: readonly string[]): Promise<void> {
  await until(`the application gets ${ids.join(', ')}`, () => ids.every((id) => client.ids.includes(id)))
  await until(`${ids.join(', ')} acknowledged`, () => ids.every((id) => service.acknowledged.includes(id)))
}

interface Survival {
  /** Answers in place of the service, one poll after the other. */
  readonly steps: readonly Step[]
  /**
   * `answers`: the client must take them, with the notification that waits; `failures`: it must not. It may do either when
   * absent.
   */
  readonly as?: 'answers' | 'failures'
  readonly seconds?: number
}

/**
 * A case in which polls are answered in an unusual way, one after the other. The client must then get the notification that
 * waits, and the next one.
 */
export function survives(name: string, requires: readonly Requirement[], { steps, as, seconds }: Survival): Case {
  return {
    name,
    requires,
    ...(seconds === undefined ? {} : { seconds }),
    play: async (world) => {
      const { client, service } = world
      let polls = 0
      client.decide = () => {
        polls ||= service.polls.length
        return 'acknowledge'
      }
      service.steps.push(...steps)
      service.publish('n-1')
      client.start()
      await delivered(world, 'n-1')
      if (as === 'answers') expect(polls <= steps.length, `${requires[0]}: it did not take the answer`)
      if (as === 'failures') expect(polls > steps.length, `${requires[0]}: it took this for an answer`)
      service.publish('n-2')
      await delivered(world, 'n-2')
    },
  }
}
