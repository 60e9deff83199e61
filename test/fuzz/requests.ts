import fc from 'fast-check'
import { loadContract, type Operation, operations, type Schema } from '../../src/contract/document.ts'
import { oddText, oddValue, valuesOf } from './values.ts'

/** A request as it goes over the wire. */
export interface FuzzedRequest {
  /** The operation that it was made from. */
  readonly operationId: string
  readonly method: string
  /** The path and the query. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | null
  readonly chunked: boolean
  /** Bytes of the head that are replaced on the way, by their place; empty for a request that is sent as it is. */
  readonly damage: readonly { readonly at: number; readonly byte: number }[]
}

/** Credentials and ids that are good in the world of the run. */
export interface Known {
  /** Values of `Authorization`: of a client, of a publisher, and of tokens that are refused. */
  readonly authorizations: readonly string[]
  /** Values of path parameters that name something. */
  readonly pathValues: readonly string[]
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: Schema
  readonly example?: unknown
}

const { document } = loadContract()

/** Larger than `MAX_BODY_BYTES`. */
const tooLargeBody = Buffer.from(JSON.stringify({ body: 'x'.repeat(270_000) }))

/** The ways in which a request can ask for an answer of `GET /notifications`. */
const transports: readonly (readonly (readonly [string, string])[])[] = [
  [],
  [['Accept', 'text/event-stream']],
  [['Accept', 'application/json;q=0, text/event-stream;q=1, */*;q=0.1']],
  [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Protocol', 'notifications.v1'],
  ],
  [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'h2c'],
  ],
  [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ],
]

const oddHeaders: readonly (readonly [string, string])[] = [
  ['Authorization', 'Bearer'],
  ['Authorization', 'Basic dXNlcjpwYXNzd29yZA=='],
  ['Authorization', 'Bearer a.b.c'],
  ['Prefer', 'wait=x, wait=1'],
  ['Prefer', ',,,;=;'],
  ['Last-Event-ID', '\u00ff'.repeat(200)],
  ['traceparent', '00-zz-zz-00'],
  ['trace-id', 'x'.repeat(2_000)],
  ['Content-Encoding', 'gzip'],
  ['Content-Type', 'text/plain; charset=utf-16'],
  ['Content-Type', ';;'],
  ['Content-Type', 'application/json'],
  ['Idempotency-Key', ''],
  ['Idempotency-Key', 'k'.repeat(300)],
  ['Idempotency-Key', 'same'],
  ['Expect', '100-continue'],
  ['Expect', 'the unexpected'],
  ['Origin', 'null'],
  ['Origin', 'https://elsewhere.example'],
  ['Range', 'bytes=0-1'],
  ['If-None-Match', '*'],
  ['X-Forwarded-For', '::1, 10.0.0.1'],
  ['Host', 'elsewhere.example'],
  ['Cookie', 'a='.repeat(5_000)],
  ['X-Padding', 'p'.repeat(20_000)],
]

/** A request for an operation of the contract: valid, or with some of its parts replaced. */
export function fuzzedRequest(known: Known): fc.Arbitrary<FuzzedRequest> {
  return fc.oneof(...[...operations(document)].map((operation) => requestOf(operation, known)))
}

function requestOf(operation: Operation, known: Known): fc.Arbitrary<FuzzedRequest> {
  const item = document.paths[operation.path]?.[operation.method.toLowerCase()] as {
    parameters?: (Parameter | { $ref: string })[]
    requestBody?: { content: Record<string, { schema?: Schema }> }
  }
  const parameters = (item.parameters ?? []).map(resolve)
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const headers = parameters.filter((parameter) => parameter.in === 'header')
  const path = parameters.filter((parameter) => parameter.in === 'path')
  return fc
    .record({
      path: fc.tuple(
        ...path.map(({ schema }) =>
          fc.oneof(fc.constantFrom(...known.pathValues), valuesOf(document, schema).map(String), oddText),
        ),
      ),
      query: fc.tuple(
        ...query.map(({ name, schema }) =>
          sometimes(fc.oneof(shortWait(name, valuesOf(document, schema)).map(String), oddText)),
        ),
      ),
      again: fc.boolean(),
      unknown: sometimes(oddText),
      headers: fc.tuple(
        ...headers.map(({ schema, example }) => sometimes(valuesOf(document, { ...schema, example }).map(String))),
      ),
      odd: fc.array(fc.constantFrom(...oddHeaders), { maxLength: 2 }),
      transport: fc.constantFrom(...transports),
      authorization: sometimes(fc.constantFrom(...known.authorizations), 8),
      body: bodyOf(item.requestBody?.content),
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD') },
        { weight: 1, arbitrary: fc.constantFrom('PROPFIND', 'QUERY', 'TRACE', 'SUBSCRIBE') },
      ),
      chunked: fc.boolean(),
      damage: fc.oneof(
        { weight: 9, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fc.record({ at: fc.nat(2_000), byte: fc.nat(255) }), { minLength: 1 }) },
      ),
    })
    .map((chosen) => {
      let index = 0
      const filled = operation.path.replace(/\{\w+\}/g, () => encode(String(chosen.path[index++])))
      const pairs = query.flatMap(({ name }, i) => {
        const value = chosen.query[i]
        return typeof value === 'string' ? [`${name}=${encode(value)}`] : []
      })
      if (chosen.again && pairs[0] !== undefined) pairs.push(pairs[0])
      if (chosen.unknown !== null) pairs.push(`${encode(chosen.unknown)}=${encode(chosen.unknown)}`)
      const sent: (readonly [string, string])[] = []
      if (chosen.authorization !== null) sent.push(['Authorization', chosen.authorization])
      headers.forEach(({ name }, i) => {
        const value = chosen.headers[i]
        if (typeof value === 'string') sent.push([name, value])
      })
      if (operation.operationId === 'awaitNotifications') sent.push(...chosen.transport)
      if (chosen.body !== null && chosen.body.type !== null) sent.push(['Content-Type', chosen.body.type])
      return {
        operationId: operation.operationId,
        method: chosen.method,
        target: filled + (pairs.length > 0 ? `?${pairs.join('&')}` : ''),
        headers: [...sent, ...chosen.odd].map(([name, value]) => [name, printable(value)] as const),
        body: chosen.body?.bytes ?? null,
        chunked: chosen.chunked,
        damage: chosen.damage,
      }
    })
}

interface Body {
  readonly bytes: Buffer
  readonly type: string | null
}

function bodyOf(content: Record<string, { schema?: Schema }> | undefined): fc.Arbitrary<Body | null> {
  const garbage = fc.uint8Array({ maxLength: 400 }).map((bytes) => ({ bytes: Buffer.from(bytes), type: null }))
  const tooLarge = fc.constant({ bytes: tooLargeBody, type: 'application/json' })
  if (content === undefined) {
    return fc.oneof(
      { weight: 12, arbitrary: fc.constant(null) },
      { weight: 2, arbitrary: garbage },
      { weight: 1, arbitrary: tooLarge },
    )
  }
  const [[type, { schema = {} }] = ['application/json', {}]] = Object.entries(content)
  if (type === '*/*') {
    const any = fc.constantFrom('application/json', 'text/plain', 'application/octet-stream', 'x/y; a="b"')
    return fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          bytes: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
          type: any,
        }),
      },
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: tooLarge },
    )
  }
  const json = (value: unknown) => ({ bytes: Buffer.from(JSON.stringify(value) ?? ''), type })
  const valid = valuesOf(document, schema)
  return fc.oneof(
    { weight: 5, arbitrary: valid.map(json) },
    {
      weight: 4,
      arbitrary: fc.tuple(valid, fc.nat(), oddValue).map(([value, at, odd]) => json(replaced(value, at, odd))),
    },
    { weight: 1, arbitrary: oddValue.map(json) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(valid, fc.nat(), fc.integer({ min: 0, max: 255 }))
        .map(([value, at, byte]) => ({ bytes: damaged(json(value).bytes, at, byte), type })),
    },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.alloc(0), type }) },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('{"a":'.repeat(3_000)), type }) },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('{"__proto__":{"clientId":"x"},"ids":["a"]}'), type }) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: garbage },
    { weight: 1, arbitrary: tooLarge },
  )
}

/** The same object with one member replaced, or with one that nobody knows. */
function replaced(value: unknown, at: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return odd
  const names = [...Object.keys(value), 'nobodyKnowsThis']
  return { ...value, [names[at % names.length] ?? '']: odd }
}

function damaged(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length === 0) return copy
  if (byte % 2 === 0) return copy.subarray(0, at % copy.length)
  copy[at % copy.length] = byte
  return copy
}

/** A poll that waits is given up by the run; most are to be answered. */
function shortWait(name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return name === 'wait' ? fc.oneof(fc.constantFrom(0, 0, 0.2, '1'), values) : values
}

function sometimes<T>(arbitrary: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight, arbitrary })
}

/** Percent-encoded, but for a lone surrogate, which has no UTF-8: that goes as the bytes a careless client sends. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
}

/** A header is one line of Latin-1; what breaks the line is for raw sockets, not for a request that is to be answered. */
function printable(value: string): string {
  return value.replace(/[^\t\u0020-\u007e\u00a0-\u00ff]/g, '?')
}

function resolve(parameter: Parameter | { $ref: string }): Parameter {
  if (!('$ref' in parameter)) return parameter
  const [, , kind = '', name = ''] = parameter.$ref.split('/')
  return document.components[kind]?.[name] as Parameter
}
