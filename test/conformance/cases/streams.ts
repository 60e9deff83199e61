import { type Case, expect } from '../case.ts'
import { EventStream } from '../service/event-stream.ts'
import type { Exchange } from '../service/exchange.ts'
import { notification } from '../service/notification.ts'
import type { StandInService, Step } from '../service/stand-in-service.ts'
import { delivered } from './delivering.ts'

const sse = { transport: 'sse' } as const

/** Opens a stream, and leaves the rest of it to the case. */
const opens =
  (rest: (stream: EventStream, exchange: Exchange, service: StandInService) => void, retryMs?: number): Step =>
  (exchange, service) => {
    const stream = new EventStream(exchange)
    stream.begin(retryMs)
    rest(stream, exchange, service)
  }

export const streamCases: readonly Case[] = [
  {
    ...sse,
    name: 'a stream brings one notification after the other, and each is acknowledged',
    requires: ['P-STREAM-1', 'P-STREAM-2'],
    play: async (world) => {
      const { client, service } = world
      client.start(sse)
      for (const id of ['n-1', 'n-2', 'n-3']) {
        service.publish(id)
        await delivered(world, id)
      }
      expect(service.polls.length === 1, `P-STREAM-1: ${service.polls.length} streams were opened`)
    },
  },
  {
    ...sse,
    name: 'lines of a stream may end in any way, and its pieces may be cut anywhere',
    requires: ['P-STREAM-1'],
    play: async (world) => {
      const { client, service } = world
      service.publish(notification('n-1', { body: 'größer 漢字 😀' }))
      service.steps.push(
        opens((stream, _, { newCursor, waiting }) => {
          const whole = JSON.stringify(waiting.get('n-1'))
          const cursor = newCursor.call(service, ['n-1'])
          const text = `: a comment\r\n\r\nunknown: field\r\nevent: other\rdata: {}\r\rid: ${cursor}\r\ndata:${whole.slice(0, 30)}\r\n`
          const bytes = Buffer.from(
            `${text}\r\n:\n\nid:${cursor}\ndata: ${whole}\n\n`.replace(
              `data:${whole.slice(0, 30)}\r\n\r\n`,
              `data:{\r\ndata: ${whole.slice(1)}\r\n\r\n`,
            ),
          )
          let at = 0
          const timer = setInterval(() => {
            stream.write(bytes.subarray(at, at + 9))
            at += 9
            if (at >= bytes.length) clearInterval(timer)
          }, 2)
        }),
      )
      client.start(sse)
      await delivered(world, 'n-1')
      expect(client.handed[0]?.body === 'größer 漢字 😀', 'P-STREAM-1: the body came changed')
    },
  },
  {
    ...sse,
    name: 'a stream that breaks off is opened again, with the cursor that is owed',
    requires: ['P-STREAM-3'],
    seconds: 2,
    play: async (world) => {
      const { client, service, until } = world
      service.acknowledgementSteps.push((exchange) => exchange.refuse(503, 'ERROR_DRAINING'))
      service.steps.push((exchange, service) => {
        void service.serve(exchange)
        setTimeout(() => exchange.reset(), 700)
      })
      service.publish('n-1')
      client.start(sse)
      await delivered(world, 'n-1')
      await until('it opens a stream again', () => service.polls.length > 1)
      service.publish('n-2')
      await delivered(world, 'n-2')
    },
  },
  {
    ...sse,
    name: 'a stream that is silent for too long is given up',
    requires: ['P-STREAM-4'],
    seconds: 3,
    play: async (world) => {
      const { client, service, until } = world
      service.steps.push(opens(() => {}))
      client.start({ ...sse, idle: 2 })
      await until('it opens another stream', () => service.polls.length > 1)
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    ...sse,
    name: 'a stream with comments is not silent',
    requires: ['P-STREAM-4'],
    seconds: 6,
    play: async (world) => {
      const { client, service } = world
      service.steps.push(
        opens((stream, exchange, service) => {
          const timer = setInterval(() => stream.write(':\n\n'), 500)
          exchange.response.once('close', () => clearInterval(timer))
          setTimeout(() => {
            service.publish('n-1')
            stream.notify(notification('n-1'), service.newCursor(['n-1']))
          }, 5_000)
        }),
      )
      client.start({ ...sse, idle: 3 })
      await delivered(world, 'n-1')
      expect(service.polls.length === 1, 'P-STREAM-4: it gave up a stream that was not silent')
    },
  },
  {
    ...sse,
    name: 'after bye a client waits as long as retry says, then opens another stream',
    requires: ['P-STREAM-5'],
    seconds: 3,
    play: async (world) => {
      const { client, service } = world
      service.steps.push(opens((stream) => setTimeout(() => stream.bye('restart'), 700), 1_500))
      client.start(sse)
      await world.until('it opens another stream', () => service.polls.length > 1)
      const [first, second] = service.polls
      const afterMs = (second?.at ?? 0) - (first?.at ?? 0)
      expect(afterMs >= 2_100, `P-STREAM-5: it came again ${Math.round(afterMs - 700)} ms after bye`)
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    ...sse,
    name: 'an expired token is renewed for the next stream',
    requires: ['P-TOKEN-1', 'P-STREAM-5'],
    seconds: 2,
    play: async (world) => {
      const { client, service } = world
      service.steps.push(
        opens((stream, _, service) =>
          setTimeout(() => {
            service.tokens.clear()
            service.tokens.add('token-2')
            stream.bye('expired')
          }, 600),
        ),
      )
      client.start(sse)
      await world.until('it comes with the new token', () => service.polls.some(({ token }) => token === 'token-2'))
      service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
  {
    ...sse,
    name: 'a repeat on another stream is dropped, and acknowledged',
    requires: ['P-DUP-1'],
    seconds: 2,
    play: async (world) => {
      const { client, service, until } = world
      service.publish('n-1')
      service.steps.push((exchange, service) => {
        void service.serve(exchange)
        setTimeout(() => {
          service.publish('n-1')
          exchange.reset()
        }, 900)
      })
      client.start(sse)
      await until('n-1 is acknowledged twice', () => service.acknowledged.filter((id) => id === 'n-1').length >= 2)
    },
  },
]
