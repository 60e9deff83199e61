import { type Case, expect } from '../case.ts'
import type { Step } from '../service/stand-in-service.ts'

/** A stopped client has ended by then, whatever it was doing. */
const endMs = 20_000

/** Stops the client while its application is at work, then ends that work. */
function stopsAfterWork(name: string, step: Step | null, seconds: number, isAcknowledged: boolean): Case {
  return {
    name,
    requires: ['P-ACK-5', 'P-ACK-6'],
    seconds,
    play: async ({ client, service, until, pass }) => {
      client.decide = () => 'hold'
      service.publish('n-1')
      client.start({ wait: 2 })
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      if (step) {
        service.acknowledgementSteps.push(step, step, step)
        service.steps.push(step, step, step)
      }
      client.stop()
      await pass(300)
      client.acknowledge('n-1')
      await until('it ends', () => client.hasExited, endMs)
      expect(client.ended?.error === '', `P-ACK-5: it ended with "${client.ended?.error}"`)
      if (isAcknowledged) expect(service.acknowledged.includes('n-1'), 'P-ACK-5: it ended without acknowledging')
    },
  }
}

export const stoppingCases: readonly Case[] = [
  stopsAfterWork('a client that is stopped acknowledges all that was handled, then ends', null, 1, true),
  stopsAfterWork(
    'a stopped client whose acknowledgement is refused ends',
    (exchange) => exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': '60' }),
    2,
    false,
  ),
  stopsAfterWork('a stopped client whose acknowledgement is not answered ends', () => {}, 5, false),
  {
    name: 'a stopped client whose acknowledgement needs a new token, which never comes, ends',
    requires: ['P-ACK-6'],
    seconds: 5,
    play: async ({ client, service, until, pass }) => {
      client.decide = () => 'hold'
      client.renew = () => 'hold'
      service.publish('n-1')
      client.start({ wait: 2 })
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      service.tokens.clear()
      client.stop()
      await pass(300)
      client.acknowledge('n-1')
      await until('it ends', () => client.hasExited, endMs)
      expect(client.ended?.error === '', `P-ACK-6: it ended with "${client.ended?.error}"`)
    },
  },
  {
    name: 'a client that is stopped within a response acknowledges no more than was handled',
    requires: ['P-ACK-5'],
    play: async ({ client, service, until, pass }) => {
      client.decide = () => 'hold'
      service.publish('n-1', 'n-2')
      client.start({ wait: 2 })
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      client.stop()
      await pass(300)
      client.acknowledge('n-1')
      await until('it ends', () => client.hasExited || client.ids.includes('n-2'), endMs)
      if (client.ids.includes('n-2')) client.acknowledge('n-2')
      await until('it ends', () => client.hasExited, endMs)
      const lost = ['n-1', 'n-2'].filter((id) => !service.waiting.has(id) && !client.done.has(id))
      expect(lost.length === 0, `P-ACK-5: ${lost.join(', ')} acknowledged and not handled`)
      expect(!service.waiting.has('n-1'), 'P-ACK-5: n-1 was handled and not acknowledged')
    },
  },
  {
    name: 'a client that is stopped while its poll is held ends',
    requires: ['P-STOP-1'],
    seconds: 2,
    play: async ({ client, service, until, pass }) => {
      client.start({ wait: 2 })
      await until('it polls', () => service.polls.length > 0)
      await pass(300)
      client.stop()
      await until('it ends', () => client.hasExited, endMs)
      expect(client.ended?.error === '', `P-STOP-1: it ended with "${client.ended?.error}"`)
    },
  },
  {
    name: 'a client that is stopped while it waits for Retry-After ends',
    requires: ['P-STOP-1'],
    seconds: 2,
    play: async ({ client, service, until, pass }) => {
      service.steps.push((exchange) => exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': '300' }))
      client.start({ wait: 2 })
      await until('it polls', () => service.polls[0]?.isOver === true)
      await pass(500)
      client.stop()
      await until('it ends', () => client.hasExited, endMs)
    },
  },
]
