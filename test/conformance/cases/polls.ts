import { type Case, expect } from '../case.ts'
import { notification } from '../service/notification.ts'
import { delivered, survives } from './delivering.ts'

/** The longest pause between two polls that counts as none: enough for a busy machine, and less than any back-off. */
const atOnceMs = 3_000

export const pollCases: readonly Case[] = [
  survives('a client polls with its token in the header alone', ['P-POLL-1'], { steps: [] }),
  {
    name: 'a client names its wait, and takes up to a tenth less of it at random',
    requires: ['P-POLL-2', 'P-POLL-3'],
    play: async (world) => {
      const { client, service } = world
      client.start({ wait: 20 })
      for (let nth = 1; nth <= 8; nth++) {
        service.publish(`n-${nth}`)
        await delivered(world, `n-${nth}`)
      }
      const waits = service.polls.map(({ query }) => Number(query.get('wait')))
      expect(
        waits.every((wait) => wait >= 17.9 && wait <= 20),
        `P-POLL-2: with a wait of 20 s it asked for ${waits.join(', ')}`,
      )
      expect(new Set(waits).size > 1, `P-POLL-3: every poll asked for ${waits[0]} s`)
    },
  },
  {
    name: 'a client has one poll at a time',
    requires: ['P-POLL-4'],
    seconds: 4,
    play: async (world) => {
      world.client.start({ wait: 5 })
      for (const id of ['n-1', 'n-2', 'n-3']) {
        await world.pass(1_300)
        world.service.publish(id)
        await delivered(world, id)
      }
    },
  },
  {
    name: 'a client polls again at once after news',
    requires: ['P-POLL-5'],
    play: async (world) => {
      const { client, service, until } = world
      client.start({ wait: 20 })
      await until('it polls', () => service.polls.length > 0)
      const startedAt = performance.now()
      for (let nth = 1; nth <= 10; nth++) {
        service.publish(`n-${nth}`)
        await delivered(world, `n-${nth}`)
      }
      const tookMs = performance.now() - startedAt
      expect(tookMs < 10_000, `P-POLL-5: ten notifications took ${Math.round(tookMs / 1000)} s`)
    },
  },
  {
    name: 'a client polls again at once when its time is up',
    requires: ['P-POLL-6'],
    seconds: 4,
    play: async ({ client, service, until }) => {
      const endedAt: number[] = []
      client.start({ wait: 1 })
      await until('it has polled four times', () => {
        service.polls.forEach((poll, at) => {
          if (poll.isOver) endedAt[at] ??= performance.now()
        })
        return service.polls.length >= 4
      })
      const pauses = service.polls.slice(1).map(({ at }, index) => at - (endedAt[index] ?? at))
      expect(
        pauses.every((ms) => ms < atOnceMs),
        `P-POLL-6: it waited for ${Math.round(Math.max(...pauses))} ms after a 204`,
      )
    },
  },
  {
    name: 'a client hands notifications over in their order, over several responses',
    requires: ['P-POLL-7'],
    play: async (world) => {
      const ids = Array.from({ length: 45 }, (_, index) => `n-${index}`)
      world.service.publish(...ids)
      world.client.start()
      await delivered(world, ...ids)
      expect(world.client.ids.join() === ids.join(), `P-POLL-7: the order was ${world.client.ids.join()}`)
    },
  },
  {
    name: 'a client hands one notification over at a time',
    requires: ['P-POLL-7'],
    seconds: 1.5,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.decide = ({ id }) => (id === 'n-1' ? 'hold' : 'acknowledge')
      service.publish('n-1', 'n-2')
      client.start()
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      await pass(1_000)
      expect(!client.ids.includes('n-2'), 'P-POLL-7: n-2 was handed over while the application was at work on n-1')
      client.acknowledge('n-1')
      await delivered(world, 'n-1', 'n-2')
    },
  },
  {
    name: 'a client hands over a notification that the service had handed over before',
    requires: ['P-DUP-4'],
    play: async (world) => {
      world.service.publish(notification('n-1', { deliveryCount: 7 }))
      world.client.start()
      await delivered(world, 'n-1')
    },
  },
]
