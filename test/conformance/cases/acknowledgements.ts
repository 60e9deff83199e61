import { type Case, expect } from '../case.ts'
import type { Step } from '../service/stand-in-service.ts'
import { delivered } from './delivering.ts'

/** The ids of the cases that acknowledge by the cursor of the next poll. */
const carriedLater = (name: string, fault: Step, seconds = 1): Case => ({
  name,
  requires: ['P-ACK-4'],
  seconds,
  play: async (world) => {
    const { client, service } = world
    service.publish('n-1')
    // The first poll hands over; the second carries the cursor, and fails.
    service.steps.push((exchange, service) => service.serve(exchange), fault)
    client.start({ wait: 2 })
    await delivered(world, 'n-1')
    expect(client.ids.length === 1, `P-DUP-1: the application got ${client.ids.join(', ')}`)
    const handed = service.polls[0]?.cursor
    const carrying = service.polls.filter(({ carried }) => carried === handed).length
    const posted = service.acknowledgements.length
    expect(carrying + posted >= 2, 'P-ACK-4: the cursor was not sent again after a failure')
  },
})

export const acknowledgementCases: readonly Case[] = [
  {
    name: 'the next poll acknowledges by its cursor, unchanged',
    requires: ['P-ACK-1', 'P-ACK-3'],
    play: async (world) => {
      const { client, service } = world
      service.publish('n-1')
      client.start({ wait: 2 })
      await delivered(world, 'n-1')
      const [first] = service.polls
      const isCarried = service.polls.some(({ carried }) => carried === first?.cursor)
      expect(isCarried || service.acknowledgements.length > 0, 'P-ACK-3: no request carried the cursor')
    },
  },
  {
    name: 'nothing is acknowledged while the application is at work',
    requires: ['P-ACK-2'],
    seconds: 3,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.decide = () => 'hold'
      service.publish('n-1')
      client.start({ wait: 1 })
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      await pass(2_000)
      expect(!service.acknowledged.includes('n-1'), 'P-ACK-2: acknowledged before the application was done')
      client.acknowledge('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a response is acknowledged only when all of it is handled',
    requires: ['P-ACK-2'],
    seconds: 2,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.decide = ({ id }) => (id === 'n-2' ? 'hold' : 'acknowledge')
      service.publish('n-1', 'n-2')
      client.start({ wait: 1 })
      await until('the application gets n-2', () => client.ids.includes('n-2'))
      await pass(1_500)
      expect(!service.acknowledged.includes('n-2'), 'P-ACK-2: acknowledged before the application was done')
      client.acknowledge('n-2')
      await delivered(world, 'n-1', 'n-2')
    },
  },
  carriedLater('a cursor is sent again when the poll that carried it was refused', (exchange) =>
    exchange.refuse(503, 'ERROR_DB_UNEXPECTED_ERROR'),
  ),
  carriedLater('a cursor is sent again when the connection of its poll broke', (exchange) => exchange.reset()),
  carriedLater('a cursor is sent again after a page of a proxy with status 200', (exchange) => exchange.page(200)),
  carriedLater('a cursor is sent again when its poll was answered with half a response', (exchange) => {
    exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' })
    exchange.response.write('{"notifications":[')
    setTimeout(() => exchange.close(), 50)
  }),
  carriedLater('a cursor is sent again with a new token', (exchange, service) => {
    service.tokens.clear()
    service.tokens.add('token-2')
    return service.serve(exchange)
  }),
  {
    name: 'a cursor that the service has lost only brings the notification again, under a new cursor',
    requires: ['P-ACK-3', 'P-DUP-1'],
    play: async (world) => {
      const { client, service } = world
      service.publish('n-1')
      service.steps.push(
        (exchange, service) => service.serve(exchange),
        (exchange, service) => {
          service.forgetCursors()
          return service.serve(exchange)
        },
      )
      client.start({ wait: 2 })
      await delivered(world, 'n-1')
      expect(client.ids.length === 1, 'P-DUP-1: n-1 was handed over twice')
    },
  },
  {
    name: 'only the latest cursor is sent',
    requires: ['P-ACK-3'],
    play: async (world) => {
      const { client, service, until } = world
      client.start({ wait: 20 })
      for (const id of ['n-1', 'n-2', 'n-3']) {
        service.publish(id)
        await delivered(world, id)
      }
      await until('it polls again', () => service.polls.at(-1)?.isOver === false)
      const handing = service.polls.filter(({ cursor }) => cursor !== '')
      const last = service.polls.at(-1)?.carried
      expect(last === '' || last === handing.at(-1)?.cursor, `P-ACK-3: an earlier cursor was sent: ${last}`)
    },
  },
  {
    name: 'a notification that the application could not handle is not acknowledged, and comes again',
    requires: ['P-ACK-7', 'P-DUP-3'],
    seconds: 2,
    play: async (world) => {
      const { client, service } = world
      client.decide = () => (client.handed.length <= 2 ? 'fail' : 'acknowledge')
      service.publish('n-1')
      client.start({ wait: 1 })
      await delivered(world, 'n-1')
      expect(client.handed.length === 3, `P-DUP-3: it was handed over ${client.handed.length} times, not three times`)
    },
  },
  {
    name: 'a notification that could not be handled holds up no other of its response',
    requires: ['P-ACK-7', 'P-DUP-1'],
    seconds: 2,
    play: async (world) => {
      const { client, service } = world
      client.decide = ({ id }) => (id === 'n-1' && client.handed.length < 3 ? 'fail' : 'acknowledge')
      service.publish('n-1', 'n-2')
      client.start({ wait: 1 })
      await delivered(world, 'n-1', 'n-2')
      expect(client.ids[1] === 'n-2', `P-ACK-7: the application got ${client.ids.join(', ')}`)
      const again = client.ids.filter((id) => id === 'n-2').length
      expect(again === 1, `P-DUP-1: n-2 was handed over ${again} times`)
    },
  },
  {
    name: 'a client that is killed while its application is at work has acknowledged nothing',
    requires: ['P-ACK-2'],
    seconds: 1.5,
    play: async ({ client, service, until, pass }) => {
      client.decide = () => 'hold'
      service.publish('n-1')
      client.start({ wait: 1 })
      await until('the application gets n-1', () => client.ids.includes('n-1'))
      await client.end()
      await pass(500)
      expect(service.waiting.has('n-1'), 'P-ACK-2: acknowledged although nobody had handled it')
    },
  },
]
