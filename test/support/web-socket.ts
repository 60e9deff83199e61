import { type ClientOptions, WebSocket } from 'ws'
import { schemaOf, schemaViolations } from './contract.ts'

/** A frame of the service. */
export interface Frame {
  readonly type: string
  readonly [member: string]: unknown
}

export interface FrameReader {
  readonly socket: WebSocket
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The next frame; rejects when the connection ends before. */
  next(): Promise<Frame>
  /** The next notification: its id, its body and the cursor. */
  notification(): Promise<{ readonly id: string; readonly body: string; readonly cursor: string }>
  send(frame: unknown): void
  /** The close code. */
  readonly closed: Promise<number>
}

/** A refusal before the upgrade. */
export class NotUpgraded extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string

  constructor(status: number, headers: NotUpgraded['headers'], body: string) {
    super(`${status} ${body}`)
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** Opens a WebSocket; rejects with `NotUpgraded` when that is refused. */
export async function openFrames(
  t: { teardown(release: () => void): unknown },
  url: string,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<FrameReader> {
  const { protocols = ['notifications.v1'], ...more } = options
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, more)
  t.teardown(() => socket.terminate())
  const found: Frame[] = []
  const waiting: ((frame: Frame | null) => void)[] = []
  let isOver = false
  let headers: FrameReader['headers'] = {}
  socket.on('upgrade', (response) => {
    headers = response.headers
  })
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame
    const wake = waiting.shift()
    if (wake === undefined) found.push(frame)
    else wake(frame)
  })
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      isOver = true
      for (const wake of waiting.splice(0)) wake(null)
      resolve(code)
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => reject(new NotUpgraded(response.statusCode ?? 0, response.headers, body)))
    })
  })
  const next = async (): Promise<Frame> => {
    const frame = found.shift() ?? (isOver ? null : await new Promise<Frame | null>((resolve) => waiting.push(resolve)))
    if (frame === null) throw new Error('the WebSocket has closed')
    return frame
  }
  return {
    socket,
    headers,
    next,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async notification() {
      const { type, cursor, notification } = await next()
      if (type !== 'notification') throw new Error(`this is no notification: ${type}`)
      const violations = schemaViolations(schemaOf('Notification'), notification)
      if (violations.length > 0) throw new Error(`the frame is not as in the contract: ${violations.join('; ')}`)
      const { id, body } = notification as { id: string; body: string }
      return { id, body, cursor: String(cursor) }
    },
  }
}
