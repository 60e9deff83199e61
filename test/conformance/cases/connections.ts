import { setTimeout as pass } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Case } from '../case.ts'
import type { Step } from '../service/stand-in-service.ts'
import { delivered, survives } from './delivering.ts'

const json = { 'content-type': 'application/json' }

/** Answers with bytes of HTTP that are made of the body of an honest response. */
const rawAnswer =
  (write: (body: Buffer) => string | Buffer, isClosing = true): Step =>
  (exchange, service) => {
    exchange.status = 200
    exchange.raw(write(Buffer.from(JSON.stringify(service.handOver(exchange)))))
    if (isClosing) exchange.close()
  }

/** Writes the body in small pieces, which cut characters of several bytes. */
const inPieces: Step = async (exchange, service) => {
  const body = Buffer.from(JSON.stringify({ hint: 'é漢😀'.repeat(20), ...service.handOver(exchange) }))
  exchange.status = 200
  exchange.response.writeHead(200, json)
  for (let at = 0; at < body.length; at += 7) {
    exchange.response.write(body.subarray(at, at + 7))
    await pass(1)
  }
  exchange.response.end()
}

export const connectionCases: readonly Case[] = [
  survives('a chunked body may come in any pieces', ['P-HTTP-1'], { as: 'answers', steps: [inPieces] }),
  survives('a body may end with its connection (HTTP/1.0)', ['P-HTTP-1'], {
    as: 'answers',
    steps: [rawAnswer((body) => `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${body}`)],
  }),
  survives('names of headers have no case, and a reason may be missing', ['P-HTTP-1'], {
    as: 'answers',
    steps: [
      rawAnswer(
        (body) => `HTTP/1.1 200 \r\ncontent-TYPE: application/json\r\nCONTENT-length: ${body.length}\r\n\r\n${body}`,
      ),
    ],
  }),
  survives('unknown headers are ignored, also long and repeated ones', ['P-HTTP-1'], {
    as: 'answers',
    steps: [
      rawAnswer((body) => {
        const extra = Array.from({ length: 20 }, (_, nth) => `X-Extra: ${nth}${'x'.repeat(200)}\r\n`).join('')
        return `HTTP/1.1 200 OK\r\n${extra}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      }),
    ],
  }),
  survives('a service may close the connection with each response', ['P-HTTP-2'], {
    as: 'answers',
    steps: Array.from(
      { length: 3 },
      (): Step => (exchange, service) => {
        exchange.response.setHeader('connection', 'close')
        return service.serve(exchange)
      },
    ),
  }),
  {
    name: 'a kept connection may be closed after any response',
    requires: ['P-HTTP-2'],
    play: async (world) => {
      world.client.start({ wait: 20 })
      for (let nth = 1; nth <= 4; nth++) {
        world.service.steps.push((exchange, service) => {
          const { socket } = exchange.response
          exchange.response.once('finish', () => setTimeout(() => socket?.destroySoon(), nth * 3))
          return service.serve(exchange)
        })
        world.service.publish(`n-${nth}`)
        await delivered(world, `n-${nth}`)
      }
    },
  },
  survives('a body is compressed only in a way that the client has asked for', ['P-HTTP-3'], {
    as: 'answers',
    steps: [
      (exchange, service) => {
        const body = JSON.stringify(service.handOver(exchange))
        const isGzip = /\bgzip\b/.test(String(exchange.headers['accept-encoding'] ?? ''))
        if (isGzip) exchange.answer({ headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(body) })
        else exchange.answer({ headers: json, body })
      },
    ],
  }),
  survives('an instance that leaves answers 204 and closes the connection', ['P-HTTP-2'], {
    steps: [
      (exchange) => {
        exchange.response.setHeader('connection', 'close')
        exchange.empty()
      },
    ],
  }),
  {
    name: 'a service that restarts is found again',
    requires: ['P-BACK-6'],
    seconds: 4,
    play: async (world) => {
      const { client, service, until, pass } = world
      client.start({ wait: 20 })
      await until('it polls', () => service.polls.length > 0)
      await service.shut()
      service.forgetCursors()
      service.publish('n-1')
      await pass(2_000)
      await service.listen()
      await delivered(world, 'n-1')
    },
  },
  {
    name: 'a service that is not there yet is found when it comes',
    requires: ['P-BACK-6'],
    seconds: 3,
    play: async (world) => {
      await world.service.shut()
      world.client.start()
      await world.pass(1_500)
      await world.service.listen()
      world.service.publish('n-1')
      await delivered(world, 'n-1')
    },
  },
]
