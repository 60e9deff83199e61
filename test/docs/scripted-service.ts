import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { WebSocketServer } from 'ws'
import { listenHere } from '../support/listen-here.ts'
import { type Answer, json, type Trouble } from './troubles.ts'

/** A request that has come. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly at: number
}

/** The id of the notification that everybody gets, once in each form. */
export const notificationId = 'the-notification'

const notification = {
  id: notificationId,
  addressee: 'alice',
  subject: 'greeting',
  body: 'hello',
  contentType: null,
  sentAt: '2026-11-21T20:15:03.120Z',
  deliveryCount: 1,
  correlationId: null,
}
const cursor = '9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17'

/** The service's answers where all is well; null holds the request for ever, as a poll that carries the cursor. */
const answers: Readonly<Record<string, (query: URLSearchParams) => Answer | null>> = {
  'POST /tickets': () => json(201, { ticket: 'the-ticket', expiresIn: 30 }),
  'GET /notifications': (query) =>
    query.get('cursor') ? null : json(200, { notifications: [notification], cursor, more: false }),
  'POST /notifications/ack': () => json(200, { acknowledged: 1, unknown: [] }),
  'POST /notifications': () => json(202, { id: notificationId, status: 'live', duplicate: false }),
  'POST /callback/secret': () => json(202, { id: notificationId, status: 'live', duplicate: false }),
  'GET /sessions/alice': () =>
    json(200, { clientId: 'alice', online: false, mode: 1, instanceId: null, queueUrl: null }),
  'POST /registrations': () => json(201, { id: 'registration', callbackUrl: 'http://127.0.0.1:8080/callback/secret' }),
}

/**
 * A server that plays the service, but for the trouble at its door: `trouble` is asked for every request to that path,
 * and told how many have come there before.
 */
export async function scriptedService(
  t: Pick<Test, 'teardown'>,
  door: string,
  trouble: (before: number) => Trouble | null,
) {
  const asked: Asked[] = []
  let told = () => {}
  const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'notifications.v1' })

  /** Notes the request, and says what goes wrong with it. */
  const receive = ({ method = '', url = '' }: IncomingMessage) => {
    const { pathname: path, searchParams: query } = new URL(url, 'http://server')
    const key = `${method} ${path}`
    const wrong = key === door ? trouble(asked.filter((one) => `${one.method} ${one.path}` === door).length) : null
    asked.push({ method, path, query, at: performance.now() })
    told()
    return { key, query, wrong }
  }
  const answer = (response: ServerResponse, { status, headers, body }: Answer) =>
    response.writeHead(status, headers).end(body)

  const server = createServer((request, response) => {
    const { key, query, wrong } = receive(request)
    if (wrong === 'reset') return void request.socket.resetAndDestroy()
    if (wrong !== null) return void answer(response, wrong)
    if (key === 'GET /notifications' && request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('retry: 10\nevent: ready\ndata: {"clientId":"alice"}\n\n')
      if (!query.get('cursor')) response.write(`id: ${cursor}-1\ndata: ${JSON.stringify(notification)}\n\n`)
      return
    }
    const found = answers[key] === undefined ? json(404, { error: 'ERROR_NOT_FOUND' }) : answers[key](query)
    if (found !== null) answer(response, found)
  })
  server.on('upgrade', (request, socket, head) => {
    // A client that has ended may reset it, and nobody else listens for that.
    socket.on('error', () => {})
    const { query, wrong } = receive(request)
    if (wrong === 'reset') return void (socket as Socket).resetAndDestroy()
    if (wrong !== null) {
      const { status, headers = {}, body = '' } = wrong
      const lines = Object.entries({
        ...headers,
        'content-length': String(Buffer.byteLength(body)),
        connection: 'close',
      })
      const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      return void socket.end(`HTTP/1.1 ${status} No\r\n${text}\r\n${body}`)
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.send('{"type":"registration","clientId":"alice"}')
      if (!query.get('cursor')) {
        webSocket.send(JSON.stringify({ type: 'notification', cursor: `${cursor}-1`, notification }))
      }
    })
  })
  return {
    url: await listenHere(t, server),
    /** The requests that have come to the door. */
    atDoor: () => asked.filter(({ method, path }) => `${method} ${path}` === door),
    asked,
    /** Resolves when the condition holds after some request. */
    async has(condition: () => boolean): Promise<void> {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
  }
}
