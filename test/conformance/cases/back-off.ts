import { type Case, expect, type World } from '../case.ts'
import type { Requirement } from '../requirement.ts'
import type { Exchange } from '../service/exchange.ts'
import type { StandInService, Step } from '../service/stand-in-service.ts'
import { delivered, survives } from './delivering.ts'

type Fault = (exchange: Exchange) => void

const busy: Fault = (exchange) => exchange.refuse(503, 'ERROR_DRAINING')
/** The tolerance for a timer that fires early. */
const earlyMs = 60
/** Twice the requests that a client makes meanwhile when its first pause is a quarter of a second on average. */
const maxRequests = 15
const observedMs = 7_000
/** Two pauses that are not random differ by less than this. */
const sameMs = 60

/** Answers every request in this way. */
function always(service: StandInService, fault: Fault): void {
  service.steps.push(
    ...Array.from(
      { length: 10_000 },
      (): Step => (exchange) => {
        fault(exchange)
      },
    ),
  )
}

function backsOff(name: string, requires: readonly Requirement[], fault: Fault): Case {
  return {
    name,
    requires,
    seconds: observedMs / 1000,
    play: async ({ client, service, until, pass }) => {
      always(service, fault)
      client.start()
      await until('it polls', () => service.polls.length > 0)
      await pass(observedMs)
      const { length } = service.polls
      expect(length <= maxRequests, `${requires[0]}: ${length} requests in ${observedMs / 1000} s`)
      expect(length >= 2, `${requires[0]}: no second request in ${observedMs / 1000} s`)
      expect(!client.hasExited, `P-BACK-6: it has given up${client.ended ? `, with ${client.ended.error}` : ''}`)
    },
  }
}

/** A case in which the client may poll again only after this time. */
function waitsFor(
  name: string,
  requires: readonly Requirement[],
  { headers, atLeastMs, fault }: { headers: () => Record<string, string>; atLeastMs: number; fault: 'own' | 'page' },
  status: number,
): Case {
  return {
    name,
    requires,
    seconds: 3,
    play: async (world) => {
      const { client, service } = world
      let answeredAt = 0
      service.steps.push((exchange) => {
        answeredAt = performance.now()
        if (fault === 'page') exchange.page(status, headers())
        else exchange.refuse(status, status === 429 ? 'ERROR_TOO_MANY_REQUESTS' : 'ERROR_DRAINING', headers())
      })
      service.publish('n-1')
      client.start()
      await delivered(world, 'n-1')
      const pauseMs = (service.polls[1]?.at ?? 0) - answeredAt
      expect(pauseMs >= atLeastMs - earlyMs, `${requires[0]}: it came again after ${Math.round(pauseMs)} ms`)
    },
  }
}

const seconds = (text: string) => () => ({ 'retry-after': text })

/** Returns the pauses between the first polls of a client. */
async function pausesOf({ client, service, until }: World, fault: Fault, count: number): Promise<readonly number[]> {
  always(service, fault)
  client.start()
  await until(`it polls ${count + 1} times`, () => service.polls.length > count, 60_000)
  const times = service.polls.slice(0, count + 1).map(({ at }) => at)
  return times.slice(1).map((at, index) => at - (times[index] ?? 0))
}

/** Two clients that begin together must not come again together: at least one of their pauses differs. */
function spreads(name: string, requires: readonly Requirement[], fault: Fault): Case {
  return {
    name,
    requires,
    seconds: 5,
    play: async (world) => {
      const other = await world.another()
      await other.until('the second client is ready', () => other.client.isReady, 60_000)
      const [mine, others] = await Promise.all([pausesOf(world, fault, 4), pausesOf(other, fault, 4)])
      const differences = mine.map((ms, index) => Math.abs(ms - (others[index] ?? 0)))
      expect(
        Math.max(...differences) > sameMs,
        `${requires[0]}: the pauses of two clients are the same: ${mine.map(Math.round).join(', ')} ms`,
      )
    },
  }
}

/** A `Retry-After` that says nothing is as good as none. */
const meaningless = (text: string): Case =>
  survives(`a Retry-After of "${text}" is ignored`, ['P-BACK-4'], {
    as: 'failures',
    steps: [(exchange) => exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': text })],
  })

export const backOffCases: readonly Case[] = [
  backsOff('a client that is refused with 503 backs off', ['P-BACK-1'], busy),
  backsOff('a client that is refused with 429 backs off', ['P-BACK-1'], (exchange) =>
    exchange.refuse(429, 'ERROR_TOO_MANY_REQUESTS'),
  ),
  backsOff('a client whose connections break backs off', ['P-BACK-1'], (exchange) => exchange.reset()),
  backsOff('a client whose connections are closed without an answer backs off', ['P-BACK-1'], (exchange) =>
    exchange.close(),
  ),
  backsOff('a client that is answered by a proxy backs off', ['P-BACK-1', 'P-PROXY-2'], (exchange) =>
    exchange.page(502),
  ),
  backsOff('a client that is answered with something else with 200 backs off', ['P-BACK-1', 'P-PROXY-3'], (exchange) =>
    exchange.page(200),
  ),
  backsOff('a client that is answered 204 at once, again and again, backs off', ['P-BACK-7'], (exchange) =>
    exchange.empty(),
  ),
  backsOff(
    'a client that is answered without notifications at once, again and again, backs off',
    ['P-BACK-7'],
    (exchange) => exchange.json(200, { notifications: [], cursor: '', more: false }),
  ),
  backsOff('a client that is told to come again after 0 s backs off', ['P-BACK-1'], (exchange) =>
    exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': '0' }),
  ),
  backsOff('a client that is redirected again and again backs off', ['P-BACK-1', 'P-PROXY-4'], (exchange) =>
    exchange.page(302, { location: '/base/notifications' }),
  ),
  waitsFor(
    'a client that is refused with 429 waits for Retry-After',
    ['P-BACK-3'],
    { headers: seconds('2'), atLeastMs: 2_000, fault: 'own' },
    429,
  ),
  waitsFor(
    'a client that is refused with 503 waits for Retry-After',
    ['P-BACK-3'],
    { headers: seconds('2'), atLeastMs: 2_000, fault: 'own' },
    503,
  ),
  waitsFor(
    'a client that is refused by a proxy waits for Retry-After',
    ['P-BACK-3', 'P-PROXY-2'],
    { headers: seconds('2'), atLeastMs: 2_000, fault: 'page' },
    429,
  ),
  waitsFor(
    'the name of Retry-After has no case',
    ['P-BACK-3', 'P-HTTP-1'],
    { headers: () => ({ 'RETRY-AFTER': '2' }), atLeastMs: 2_000, fault: 'own' },
    503,
  ),
  waitsFor(
    'a client understands a Retry-After that is a date',
    ['P-BACK-4'],
    {
      // A date has whole seconds, so up to one of the four seconds is cut off.
      headers: () => ({ 'retry-after': new Date(Date.now() + 4_000).toUTCString() }),
      atLeastMs: 2_900,
      fault: 'own',
    },
    503,
  ),
  waitsFor(
    'a Retry-After in the past is ignored',
    ['P-BACK-4'],
    { headers: () => ({ 'retry-after': 'Tue, 15 Nov 1994 08:12:31 GMT' }), atLeastMs: 0, fault: 'own' },
    503,
  ),
  meaningless('soon'),
  meaningless('-5'),
  meaningless('1; 2'),
  {
    name: 'a huge Retry-After neither becomes none nor ends the client',
    requires: ['P-BACK-3'],
    seconds: 3,
    play: async ({ client, service, until, pass }) => {
      always(service, (exchange) => exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': '99999999999999999999' }))
      client.start()
      await until('it polls', () => service.polls.length > 0)
      await pass(3_000)
      expect(service.polls.length === 1, `P-BACK-3: ${service.polls.length} polls in 3 s`)
      expect(!client.hasExited, 'P-BACK-6: it has given up')
    },
  },
  spreads('clients that fail together come again at different times', ['P-BACK-2'], busy),
  spreads('clients that are told the same Retry-After come again at different times', ['P-BACK-2'], (exchange) =>
    exchange.refuse(503, 'ERROR_DRAINING', { 'retry-after': '1' }),
  ),
  {
    name: 'the pause begins anew after an answer',
    requires: ['P-BACK-5'],
    seconds: 5,
    play: async (world) => {
      const { client, service } = world
      client.start({ wait: 20 })
      const startedAt = performance.now()
      for (let nth = 1; nth <= 10; nth++) {
        service.steps.push((exchange) => busy(exchange))
        service.publish(`n-${nth}`)
        await delivered(world, `n-${nth}`)
      }
      // Each pause is the first after an answer, so at most a second.
      const tookMs = performance.now() - startedAt
      expect(tookMs < 16_000, `P-BACK-5: ten failures, each after an answer, took ${Math.round(tookMs / 1000)} s`)
    },
  },
  {
    name: 'a client never gives up while the failures may pass',
    requires: ['P-BACK-6'],
    seconds: 14,
    play: async (world) => {
      const faults: readonly Fault[] = [
        busy,
        (exchange) => exchange.reset(),
        (exchange) => exchange.refuse(500, 'ERROR_INTERNAL_SERVER_ERROR'),
        (exchange) => exchange.page(504),
        (exchange) => exchange.refuse(408, 'ERROR_REQUEST_TIMEOUT'),
        (exchange) => exchange.page(403),
      ]
      world.service.steps.push(...faults)
      world.service.publish('n-1')
      world.client.start()
      await world.until('the application gets n-1', () => world.client.ids.includes('n-1'), 90_000)
      await delivered(world, 'n-1')
    },
  },
]
