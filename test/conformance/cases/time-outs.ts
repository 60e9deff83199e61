import { type Case, expect } from '../case.ts'
import type { Requirement } from '../requirement.ts'
import type { Exchange } from '../service/exchange.ts'
import { delivered, survives } from './delivering.ts'

const json = { 'content-type': 'application/json' }
/** The earliest and the latest time to give up a poll with a wait of 1 s. Tests on a busy machine are late, never early. */
const earliestMs = 9_500
const latestMs = 26_000

/** A case in which the first poll is answered with nothing useful. It must be given up in time, neither sooner nor later. */
function givesUp(name: string, requires: readonly Requirement[], fault: (exchange: Exchange) => void): Case {
  return {
    name,
    requires,
    seconds: 12,
    play: async (world) => {
      const { client, service, until } = world
      service.steps.push((exchange) => fault(exchange))
      client.start({ wait: 1 })
      await until('it polls', () => service.polls.length > 0)
      service.publish('n-1')
      await until('it gives the poll up and polls again', () => service.polls.length > 1, latestMs)
      const [first, second] = service.polls
      const afterMs = (second?.at ?? 0) - (first?.at ?? 0)
      expect(afterMs >= earliestMs, `${requires[0]}: it gave up after ${Math.round(afterMs)} ms`)
      await delivered(world, 'n-1')
    },
  }
}

/** Writes a piece again and again until the client goes. */
function pour(exchange: Exchange, first: string, piece: string | Buffer, everyMs: number): void {
  exchange.response.writeHead(200, json)
  exchange.response.write(first)
  const timer = setInterval(() => exchange.response.write(piece), everyMs)
  exchange.response.once('close', () => clearInterval(timer))
}

export const timeOutCases: readonly Case[] = [
  givesUp('a poll that is never answered, as on a half-open connection, is given up', ['P-TIME-1'], () => {}),
  givesUp('a response of which only the head comes is given up', ['P-TIME-2'], (exchange) => {
    exchange.response.writeHead(200, { ...json, 'content-length': '500' })
    exchange.response.flushHeaders()
  }),
  givesUp('a body that drips is given up', ['P-TIME-2'], (exchange) =>
    pour(exchange, '{"notifications":[{"id":"n-1","body":"', 'x', 300),
  ),
  givesUp('a body of white space that drips is given up', ['P-TIME-2'], (exchange) => pour(exchange, ' ', '\n', 300)),
  {
    name: 'a body without an end is given up',
    requires: ['P-TIME-2'],
    seconds: 12,
    play: async (world) => {
      const { client, service, until } = world
      service.steps.push((exchange) =>
        pour(exchange, '{"notifications":[{"id":"n-1","body":"', Buffer.alloc(65_536, 'x'), 20),
      )
      client.start({ wait: 1 })
      await until('it polls', () => service.polls.length > 0)
      service.publish('n-1')
      await until('it gives the poll up and polls again', () => service.polls.length > 1, latestMs)
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'an answer that comes 8 s after the end of the wait is taken',
    requires: ['P-TIME-1'],
    seconds: 10,
    play: async (world) => {
      const { client, service } = world
      service.steps.push((exchange, service) => {
        setTimeout(() => service.serve(exchange), 9_000)
      })
      service.publish('n-1')
      client.start({ wait: 1 })
      await delivered(world, 'n-1')
      expect((service.polls[0]?.cursor ?? '') !== '', 'P-TIME-1: it gave the poll up before')
    },
  },
  survives('a body that takes three seconds is taken', ['P-TIME-2'], {
    seconds: 4,
    as: 'answers',
    steps: [
      (exchange, service) => {
        const body = JSON.stringify(service.handOver(exchange))
        exchange.response.writeHead(200, json)
        exchange.response.write(body.slice(0, 40))
        setTimeout(() => exchange.response.write(body.slice(40, 80)), 1_500)
        setTimeout(() => exchange.response.end(body.slice(80)), 3_000)
      },
    ],
  }),
  {
    name: 'a client that was suspended goes on when it wakes up',
    requires: ['P-TIME-3'],
    seconds: 5,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.start({ wait: 2 })
      await until('it polls', () => service.polls.length > 0)
      client.signal('SIGSTOP')
      await pass(3_500)
      await service.shut()
      await service.listen()
      service.publish('n-1')
      client.signal('SIGCONT')
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a client whose connection was cut while it was suspended goes on when it wakes up',
    requires: ['P-TIME-3'],
    seconds: 3,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.start({ wait: 20 })
      await until('it polls', () => service.polls.length > 0)
      client.signal('SIGSTOP')
      service.polls[0]?.reset()
      await pass(2_000)
      service.publish('n-1')
      client.signal('SIGCONT')
      await delivered(world, 'n-1')
    },
  },
  ...(
    [
      ['a century ahead', 'Fri, 01 Jan 2126 00:00:00 GMT'],
      ['of 1970', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ] as const
  ).map(([name, date]) =>
    survives(`a service whose clock is ${name} is a service like any other`, ['P-TIME-4'], {
      as: 'answers',
      steps: [
        (exchange, service) => {
          const members = service.handOver(exchange)
          const sentAt = new Date(date).toISOString()
          const notifications = members.notifications.map((one) => ({ ...one, sentAt }))
          exchange.json(200, { ...members, notifications }, { date, expires: date, age: '99999' })
        },
      ],
    }),
  ),
]
