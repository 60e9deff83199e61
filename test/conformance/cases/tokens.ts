import { type Case, expect } from '../case.ts'
import type { Step } from '../service/stand-in-service.ts'
import { delivered } from './delivering.ts'

/** Makes this the only token that is accepted, and serves the poll. */
const expect401: Step = (exchange, service) => {
  service.tokens.clear()
  service.tokens.add('token-2')
  return service.serve(exchange)
}

/** A case in which one poll is refused with 401 in this way. The new token must be used at once. */
function renews(name: string, refuse: Step): Case {
  return {
    name,
    requires: ['P-TOKEN-1'],
    play: async (world) => {
      const { client, service } = world
      let refusedAt = 0
      service.steps.push((exchange, service) => {
        refusedAt = performance.now()
        service.tokens.clear()
        service.tokens.add('token-2')
        refuse(exchange, service)
      })
      service.publish('n-1')
      client.start({ wait: 2 })
      await delivered(world, 'n-1')
      const [, next] = service.polls
      expect(next?.token === 'token-2', `P-TOKEN-1: the next poll came with ${next?.token}`)
      expect(next.at - refusedAt < 5_000, 'P-TOKEN-1: the new token was not used at once')
      expect(client.tokenRequests === 1, `P-TOKEN-1: ${client.tokenRequests} tokens were asked for`)
    },
  }
}

export const tokenCases: readonly Case[] = [
  renews('an expired token is renewed', (exchange) =>
    exchange.refuse(401, 'ERROR_TOKEN_EXPIRED', {
      'www-authenticate': 'Bearer error="invalid_token", error_description="The token has expired"',
    }),
  ),
  renews('a token that is not accepted is renewed', (exchange) => exchange.refuse(401, 'ERROR_INVALID_SIGNATURE')),
  renews('a 401 of a proxy renews the token too', (exchange) => exchange.page(401)),
  renews('a 401 without a body renews the token too', (exchange) => exchange.answer({ status: 401 })),
  {
    name: 'a renewed token is used from then on',
    requires: ['P-TOKEN-1'],
    play: async (world) => {
      const { client, service } = world
      service.steps.push(expect401)
      client.start({ wait: 2 })
      for (const id of ['n-1', 'n-2', 'n-3']) {
        service.publish(id)
        await delivered(world, id)
      }
      expect(client.tokenRequests === 1, `P-TOKEN-1: ${client.tokenRequests} tokens were asked for`)
    },
  },
  {
    name: 'a token that expires while a poll is held is renewed for the next',
    requires: ['P-TOKEN-1'],
    seconds: 2,
    play: async (world) => {
      const { client, service, until } = world
      service.steps.push((exchange, service) => {
        setTimeout(() => {
          service.tokens.clear()
          service.tokens.add('token-2')
          exchange.empty()
        }, 1_000)
      })
      client.start({ wait: 20 })
      await until('it polls with the new token', () => service.polls.some(({ token }) => token === 'token-2'))
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a client whose tokens are all refused backs off, and goes on',
    requires: ['P-TOKEN-2'],
    seconds: 7,
    play: async (world) => {
      const { client, service, until, pass } = world
      service.tokens.clear()
      client.start()
      await until('it asks for a token', () => client.tokenRequests > 0)
      await pass(6_000)
      const { tokenRequests } = client
      expect(tokenRequests <= 15, `P-TOKEN-2: ${tokenRequests} tokens in 6 s`)
      expect(service.polls.length <= 30, `P-TOKEN-2: ${service.polls.length} polls in 6 s`)
      client.renew = () => 'token-good'
      service.tokens.add('token-good')
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a slow renewal is waited for, and is the only one',
    requires: ['P-TOKEN-3'],
    seconds: 4,
    play: async (world) => {
      const { client, service, until, pass } = world
      service.steps.push(expect401)
      client.renew = () => 'hold'
      client.start({ wait: 1 })
      await until('it asks for a token', () => client.tokenRequests > 0)
      const { length } = service.polls
      await pass(3_000)
      expect(service.polls.length === length, 'P-TOKEN-3: it polled while it waited for a token')
      client.giveToken('token-2')
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a renewal that fails is tried again after a pause',
    requires: ['P-TOKEN-4'],
    seconds: 2,
    play: async (world) => {
      const { client, service } = world
      service.steps.push(expect401)
      client.renew = (nth) => (nth < 3 ? null : 'token-2')
      service.publish('n-1')
      client.start({ wait: 1 })
      await delivered(world, 'n-1')
      expect(client.tokenRequests === 3, `P-TOKEN-4: ${client.tokenRequests} tokens were asked for`)
    },
  },
  {
    name: 'a client whose renewals all fail backs off',
    requires: ['P-TOKEN-4'],
    seconds: 7,
    play: async ({ client, service, until, pass }) => {
      service.tokens.clear()
      client.renew = () => null
      client.start()
      await until('it asks for a token', () => client.tokenRequests > 0)
      await pass(6_000)
      expect(client.tokenRequests <= 15, `P-TOKEN-4: ${client.tokenRequests} tokens in 6 s`)
      expect(!client.hasExited, 'P-BACK-6: it has given up')
    },
  },
]
