import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import t from 'tap'
import { parse } from 'yaml'
import { readMessage } from '../../src/adapters/sqs/envelope.ts'
import { writeMessage } from '../../src/adapters/sqs/written-message.ts'
import { receiptEvent } from '../../src/delivery/receipt-event.ts'
import { notificationFor } from '../delivery/world.ts'
import { start } from '../http/held/stream-world.ts'
import { openEvents } from '../support/event-stream.ts'
import { openFrames } from '../support/web-socket.ts'

interface Message {
  readonly name: string
  readonly payload: object
  readonly headers?: { readonly properties: Readonly<Record<string, object>> }
  readonly 'x-close-codes'?: Readonly<Record<string, number>>
}

const folder = new URL('../../api/', import.meta.url)
const documents: Readonly<Record<string, unknown>> = Object.fromEntries(
  ['notification-service.yaml', 'notification-service.asyncapi.yaml'].map((name) => [
    name,
    parse(readFileSync(new URL(name, folder), 'utf8')),
  ]),
)
const own = 'notification-service.asyncapi.yaml'
const document = documents[own] as {
  readonly asyncapi: string
  readonly channels: Readonly<
    Record<string, { readonly messages: Readonly<Record<string, { readonly $ref: string }>> }>
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

/** Returns the part of a document that a reference leads to; undefined when there is none. */
function resolved(reference: string): unknown {
  const [file = '', pointer = ''] = reference.split('#')
  return pointer
    .split('/')
    .slice(1)
    .reduce(
      (found: unknown, name) => (found as Record<string, unknown> | undefined)?.[name],
      documents[file.replace('./', '') || own],
    )
}

/** Returns the value with each reference replaced by the part that it leads to. */
function whole(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(whole)
  if (typeof value !== 'object' || value === null) return value
  const { $ref } = value as { $ref?: string }
  if ($ref !== undefined) return whole(absolute(resolved($ref), $ref))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, whole(part)]))
}

/** References within the other document name it, so that they can be followed from here. */
function absolute(value: unknown, reference: string): unknown {
  const [file = ''] = reference.split('#')
  return JSON.parse(JSON.stringify(value).replaceAll('"$ref":"#', `"$ref":"${file}#`))
}

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)
const messagesOf = (channel: string) =>
  Object.fromEntries(
    Object.entries(document.channels[channel]?.messages ?? {}).map(([name, { $ref }]) => [
      name,
      resolved($ref) as Message,
    ]),
  )
const isValid = (schema: object | undefined, value: unknown) => ajv.compile(whole(schema ?? false) as object)(value)

t.test('the document is AsyncAPI 3, and each of its references leads somewhere', async (t) => {
  t.match(document.asyncapi, /^3\./)
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
  t.ok(references.length > 20)
  for (const reference of references) t.not(resolved(reference), undefined, reference)
})

t.test('the events of a stream are those of the document', async (t) => {
  const { url, offer } = await start(t)
  const messages = messagesOf('events')
  const stream = await openEvents(t, `${url}/notifications?wait=1`)
  const seen = new Set<string>()
  offer(['n1'])
  for (let event = ''; event !== 'bye'; ) {
    const next = await stream.next()
    event = next.event
    t.ok(isValid(messages[event]?.payload, next.data), `${event}: ${JSON.stringify(next.data)}`)
    seen.add(event)
  }
  t.strictSame([...seen].sort(), Object.keys(messages).sort(), 'the service sends every event of the document')
})

t.test('the frames of a WebSocket are those of the document, and so are the close codes', async (t) => {
  const { url, clock, offer } = await start(t)
  const messages = messagesOf('frames')
  const frames = await openFrames(t, `${url}/notifications?wait=2&ack=next`)
  const seen = new Set<string>()
  offer(['n1'])
  for (let type = ''; type !== 'bye'; ) {
    const frame = await frames.next()
    type = frame.type
    t.ok(isValid(messages[type]?.payload, frame), JSON.stringify(frame))
    seen.add(type)
    if (type === 'notification') {
      const sent = [{ type: 'ack', cursor: frame.cursor }, { type: 'pong' }]
      for (const answer of sent) {
        t.ok(isValid(messages[answer.type]?.payload, answer), JSON.stringify(answer))
        frames.send(answer)
        seen.add(answer.type)
      }
      clock.pass(16_000)
    }
    const { reason } = frame as { reason?: string }
    if (type === 'bye') t.equal(await frames.closed, messages.bye?.['x-close-codes']?.[String(reason)])
  }
  t.strictSame([...seen].sort(), Object.keys(messages).sort(), 'every frame of the document is sent')
})

t.test('the reasons of a bye frame and their close codes are those of the code', async (t) => {
  const source = readFileSync(new URL('../../src/http/held/web-socket.ts', import.meta.url), 'utf8')
  const [, table = ''] = /const closeCodes[^{]*\{([^}]*)\}/.exec(source) ?? []
  const codes = Object.fromEntries(
    [...table.matchAll(/'?([\w-]+)'?: (\d+)/g)].map(([, reason, code]) => [reason, Number(code)]),
  )
  const bye = messagesOf('frames').bye as Message
  t.strictSame(bye['x-close-codes'], codes)
  const { reason } = (bye.payload as { properties: { reason: { enum: string[] } } }).properties
  t.strictSame(reason.enum, Object.keys(codes))
})

t.test('the attributes of an SQS message are those that the service writes and reads', async (t) => {
  const { notification } = messagesOf('queue')
  const names = Object.keys(notification?.headers?.properties ?? {})
  const sent = notificationFor('alice', {
    contentType: 'text/plain',
    correlationId: 'job-17',
    expiresAt: '2100-01-01T00:00:00.000Z',
    receipt: { to: 'orders' },
  })
  const written = [
    writeMessage({ ...sent, body: '' }, 2),
    writeMessage({ ...sent, body: '/w==', encoding: 'base64', receipt: { to: null } }),
  ]
  for (const { MessageBody, MessageAttributes } of written) {
    const values = Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    )
    t.ok(isValid(notification?.headers, values), JSON.stringify(values))
    t.ok(isValid(notification?.payload, MessageBody))
  }
  const sentNames = new Set(written.flatMap(({ MessageAttributes }) => Object.keys(MessageAttributes)))
  t.strictSame([...sentNames, 'ttl-seconds'].sort(), [...names].sort(), 'all but that are written')
  const reading = { addresseePointer: '/detail/addressee' }
  for (const name of names.filter((name) => name !== 'hops')) {
    const attributes = {
      ...written[0]?.MessageAttributes,
      [name]: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
    }
    const read = readMessage({ MessageId: 'm1', Body: 'x', MessageAttributes: attributes }, reading)
    const type = name === 'ttl-seconds' ? 'neither a Number nor a String' : 'not a String'
    t.strictSame(read, { ok: false, reason: `the attribute ${name} is ${type}` })
  }
})

t.test('the event of each outcome is that of the document', (t) => {
  const receipt = messagesOf('receipts').receipt as Message
  const shared = { id: 'order-1', addressee: 'älice', since: new Date(), deliveryCount: 2 }
  const ends = [
    { state: 'acknowledged', by: 'client' },
    { state: 'acknowledged', by: 'grace' },
    { state: 'expired', by: null },
    { state: 'dead-lettered', by: null },
  ] as const
  for (const end of ends) {
    const { text } = receiptEvent({ ...shared, ...end })
    t.ok(isValid(receipt.payload, JSON.parse(text)), text)
  }
  const { type } = (receipt.payload as { properties: { type: { enum: string[] } } }).properties
  t.strictSame(type.enum, [...new Set(ends.map(({ state }) => `notification.${state}`))])
  t.end()
})
