import { request } from 'node:http'
import { checkContract, schemaOf, schemaViolations } from './contract.ts'

/** One event, or a comment. */
export interface StreamEvent {
  /** `message` for one without a name, `comment` for a comment. */
  readonly event: string
  readonly id: string | null
  readonly retry: number | null
  /** The parsed data; null for a comment. */
  readonly data: unknown
}

export interface EventReader {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The next event that is not a comment. Rejects when the stream ends before. */
  next(): Promise<StreamEvent>
  /** The next notification: its id, its body and the cursor. */
  notification(): Promise<{ readonly id: string; readonly body: string; readonly cursor: string }>
  /** The next comment or event. */
  any(): Promise<StreamEvent>
  /** Resolves when the connection is over, with whether it ended in order. */
  readonly over: Promise<boolean>
  hangUp(): void
  /** Resets the connection, as a network does that fails. */
  reset(): void
}

/** Opens a stream of server-sent events, and holds each event to the contract. An answer of another type is read whole. */
export async function openEvents(
  t: { teardown(release: () => void): unknown },
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const asked = request(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } })
  t.teardown(() => void asked.destroy())
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve)
    asked.once('error', reject)
    asked.end()
  })
  asked.on('error', () => {})
  response.on('error', () => {})
  const { statusCode: status = 0 } = response
  const found: StreamEvent[] = []
  const waiting: ((event: StreamEvent | null) => void)[] = []
  let isOver = false
  let text = ''
  const over = new Promise<boolean>((resolve) => {
    response.once('close', () => {
      isOver = true
      checkContract({ method: 'GET', path: new URL(url).pathname, status, headers: response.headers, bodyText: text })
      for (const wake of waiting.splice(0)) wake(null)
      resolve(response.complete)
    })
  })
  response.setEncoding('utf8')
  let rest = ''
  response.on('data', (chunk: string) => {
    text += chunk
    rest += chunk
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
      const event = parse(rest.slice(0, end))
      rest = rest.slice(end + 2)
      const wake = waiting.shift()
      if (wake === undefined) found.push(event)
      else wake(event)
    }
  })
  // An answer of another type is complete at once; whoever looks at it should find it so.
  if (response.headers['content-type'] !== 'text/event-stream') await over
  const any = async (): Promise<StreamEvent> => {
    const event =
      found.shift() ?? (isOver ? null : await new Promise<StreamEvent | null>((resolve) => waiting.push(resolve)))
    if (event === null) throw new Error(`the stream has ended: ${status} ${text.slice(-200)}`)
    return event
  }
  const next = async (): Promise<StreamEvent> => {
    for (;;) {
      const event = await any()
      if (event.event !== 'comment') return event
    }
  }
  return {
    status,
    headers: response.headers,
    any,
    next,
    over,
    async notification() {
      const { event, id, data } = await next()
      if (event !== 'message' || id === null) throw new Error(`this is no notification: ${event}`)
      const { id: notificationId, body } = data as { id: string; body: string }
      return { id: notificationId, body, cursor: id }
    },
    hangUp: () => void asked.destroy(),
    reset: () => void asked.socket?.resetAndDestroy(),
  }
}

function parse(block: string): StreamEvent {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([a-z]*): ?(.*)$/s.exec(line) ?? []
    if (name === '' && !line.startsWith(':')) throw new Error(`this is no line of an event: ${line}`)
    fields.set(name, value)
  }
  if (fields.has('')) return { event: 'comment', id: null, retry: null, data: null }
  const event = fields.get('event') ?? 'message'
  const data: unknown = JSON.parse(fields.get('data') ?? 'null')
  if (event === 'message') {
    const violations = schemaViolations(schemaOf('Notification'), data)
    if (violations.length > 0) throw new Error(`the event is not as in the contract: ${violations.join('; ')}`)
  }
  const retry = fields.get('retry')
  return { event, id: fields.get('id') ?? null, retry: retry === undefined ? null : Number(retry), data }
}
