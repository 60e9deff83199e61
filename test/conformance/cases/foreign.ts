import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Case, expect } from '../case.ts'
import type { Exchange } from '../service/exchange.ts'
import type { Step } from '../service/stand-in-service.ts'
import { survives } from './delivering.ts'

const json = { 'content-type': 'application/json' }

/** An error that does not come from the service, however final its status sounds. */
const page = (status: number): Case =>
  survives(`a page of a proxy with status ${status} may pass`, ['P-PROXY-2'], {
    as: 'failures',
    steps: [(exchange) => exchange.page(status)],
  })

/** A final refusal of the service itself. */
function isFinal(status: number, error: string): Case {
  return {
    name: `a refusal of the service with ${status} ${error} ends the client, and the application learns why`,
    requires: ['P-PROXY-1'],
    seconds: 2,
    play: async ({ client, service, until, pass }) => {
      service.steps.push((exchange) => exchange.refuse(status, error))
      client.start()
      await until('it says that it has ended', () => client.ended !== null)
      expect(client.ended?.error === error, `P-PROXY-1: the reason was "${client.ended?.error}"`)
      await pass(1_500)
      expect(service.polls.length === 1, 'P-PROXY-1: it polled again')
    },
  }
}

/** Writes the first part of a response, and ends the connection. */
const broken =
  (write: (body: string) => string): Step =>
  (exchange, service) => {
    exchange.raw(write(JSON.stringify(service.handOver(exchange))))
    exchange.close()
  }

const badBody = (name: string, body: string): Case =>
  survives(`${name} with status 200 is no answer`, ['P-PROXY-3'], {
    as: 'failures',
    steps: [(exchange) => exchange.answer({ headers: json, body })],
  })

/** An answer with a notification that nobody has sent: a client that takes it hands that over. */
const taken = '{"notifications":[{"id":"x","body":"y"}],"cursor":"c"}'

/** A body that would be an answer, but for one part that is missing or wrong. */
const spoilt = (name: string, part: string, by: string): Case =>
  badBody(
    name,
    taken.replace(part, () => by),
  )

/** Redirects to another server, which must not see the token. */
function redirect(status: number): Case {
  return {
    name: `a redirect with ${status} to another server is not followed`,
    requires: ['P-PROXY-4'],
    seconds: 2,
    play: async ({ client, service, until, pass }) => {
      let connections = 0
      const other = createServer((socket) => {
        connections += 1
        socket.destroy()
      }).listen(0, '127.0.0.1')
      await once(other, 'listening')
      const location = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}/base/notifications`
      try {
        service.steps.push((exchange: Exchange) => exchange.page(status, { location: location() }))
        client.start()
        service.publish('n-1')
        await until('the application gets n-1', () => client.ids.includes('n-1'))
        await pass(200)
        expect(connections === 0, 'P-PROXY-4: it connected to the other server')
      } finally {
        other.close()
      }
    },
  }
}

export const foreignCases: readonly Case[] = [
  ...[400, 403, 404, 405, 410, 413, 500, 502, 504].map(page),
  survives('a 404 in the JSON of another server may pass', ['P-PROXY-2'], {
    as: 'failures',
    steps: [(exchange) => exchange.json(404, { message: 'no Route matched with those values' })],
  }),
  survives('a 403 in the JSON of another server may pass', ['P-PROXY-2'], {
    as: 'failures',
    steps: [(exchange) => exchange.json(403, { error: 'forbidden', message: 'No', context: 'x' })],
  }),
  survives('a refusal with a status that nobody knows may pass', ['P-PROXY-2'], {
    as: 'failures',
    steps: [(exchange) => exchange.answer({ status: 599 }), (exchange) => exchange.page(420)],
  }),
  isFinal(403, 'ERROR_FORBIDDEN'),
  isFinal(400, 'ERROR_INVALID_ARGUMENT'),
  isFinal(404, 'ERROR_NOT_FOUND'),
  survives('the page of a captive portal with status 200 is no answer', ['P-PROXY-3'], {
    as: 'failures',
    steps: [(exchange) => exchange.page(200), (exchange) => exchange.page(200)],
  }),
  badBody('JSON of something else', '{"status":"ok"}'),
  badBody('JSON without a cursor', '{"notifications":[{"id":"x","body":"y"}]}'),
  badBody('a list', '[]'),
  badBody('null', 'null'),
  badBody('an empty body', ''),
  badBody('half of a JSON text', '{"notifications":[{"id":"x","bo'),
  badBody('JSON with something after it', `${taken} trailing`),
  badBody('JSON after JSON', taken + taken),
  badBody('JSON with a zero byte after it', `${taken}\0`),
  badBody('a list of notifications that is none', '{"notifications":{"id":"x"},"cursor":"c"}'),
  badBody('a notification without an id', '{"notifications":[{"body":"x"}],"cursor":"c"}'),
  spoilt('a cursor that is a number', '"c"', '17'),
  spoilt('a cursor that is a bare word', '"c"', 'nulltrue'),
  spoilt('a cursor that is true', '"c"', 'true'),
  spoilt('an id that is a number', '"x"', '17'),
  spoilt('an id that is a bare word', '"x"', 'false'),
  spoilt('an id that is null', '"x"', 'null'),
  spoilt('a word that JSON does not have', '"y"', 'nul'),
  spoilt('NaN, which JSON does not have,', '"y"', 'NaN'),
  spoilt('a number that begins with zero', '"y"', '017'),
  spoilt('a number that ends with its point', '"y"', '17.'),
  spoilt('a number with a plus sign', '"y"', '+17'),
  spoilt('a name without quotation marks', '"body"', 'body'),
  spoilt('a text in single quotation marks', '"y"', "'y'"),
  spoilt('a text with an escape that JSON does not have', '"y"', '"\\x79"'),
  spoilt('a text with half of an escape', '"y"', '"\\u+123"'),
  spoilt('a text with a line feed that is not escaped', '"y"', '"\n"'),
  spoilt('a list with a comma at its end', '}]', '},]'),
  spoilt('an object with a comma at its end', '"y"}', '"y",}'),
  spoilt('a comma that is missing', ',"body"', ' "body"'),
  survives('a body that is shorter than its length is no answer', ['P-PROXY-3'], {
    as: 'failures',
    steps: [
      broken(
        (body) =>
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 9}\r\n\r\n${body}`,
      ),
    ],
  }),
  survives('a chunked body without its end is no answer', ['P-PROXY-3'], {
    as: 'failures',
    steps: [
      broken(
        (body) =>
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
      ),
    ],
  }),
  survives('bytes that are not HTTP are no answer', ['P-PROXY-3'], {
    as: 'failures',
    steps: [
      (exchange) => {
        exchange.raw('SSH-2.0-OpenSSH_9.2p1\r\n\0\x01\x02')
        exchange.close()
      },
    ],
  }),
  ...[301, 302, 307, 308].map(redirect),
  survives('a redirect to the same server is not followed', ['P-PROXY-4'], {
    as: 'failures',
    steps: [(exchange) => exchange.page(302, { location: '/base/elsewhere' })],
  }),
]
