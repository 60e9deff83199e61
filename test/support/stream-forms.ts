import assert from 'node:assert/strict'
import type { Test } from 'tap'
import type { Problem } from './answers.ts'
import { checkContract } from './contract.ts'
import { openEvents } from './event-stream.ts'
import type { At, World } from './service-world.ts'
import { NotUpgraded, openFrames } from './web-socket.ts'

/** A stream of notifications that has begun, in whatever form. */
export interface Stream {
  notification(): Promise<{ readonly id: string; readonly body: string; readonly cursor: string }>
  /** Resolves with the reason that the service gives, once it has ended the stream in order. */
  bye(): Promise<string>
  hangUp(): void
  /** Resets the connection, as a network does that fails. */
  reset(): void
}

/** A form in which the service streams notifications. */
export interface StreamForm {
  open(t: Owner, world: World, at: At, clientId: string, query?: string, headers?: Headers): Promise<Stream>
  /** Asks for a stream, and returns its refusal. */
  refusal(t: Owner, world: World, at: At, query: string, headers: Headers): Promise<StreamRefusal>
  /** Asks for one stream more than a client may have, and returns the status, or the code of the close. */
  beyondMax(t: Owner, world: World, at: At, clientId: string): Promise<number>
  readonly beyondMaxIs: number
}

/** The answer to a request for a stream that is refused. */
export interface StreamRefusal {
  readonly status: number
  /** The code of the error. */
  readonly error: string
  readonly authenticate: string | null
}

type Owner = Pick<Test, 'teardown'>
type Headers = Record<string, string>

/** The close code of a WebSocket for each reason. */
const closeCodes: Readonly<Record<string, number>> = {
  expired: 4401,
  'timed-out': 1000,
  'too-many': 4429,
  restart: 1012,
}

const eventStream: StreamForm = {
  async open(t, world, at, clientId, query, headers) {
    const events = await world.events(t, at, clientId, query, headers)
    return {
      notification: events.notification,
      async bye() {
        const { event, data } = await events.next()
        assert.equal(event, 'bye')
        assert.equal(await events.over, true, 'the response is complete')
        return (data as { reason: string }).reason
      },
      hangUp: events.hangUp,
      reset: events.reset,
    }
  },
  async refusal(_t, world, at, query, headers) {
    const accept = 'text/event-stream'
    const refused = await world.ask(at, `/notifications?${query}`, { headers: { accept, ...headers } })
    const { status, headers: found } = refused
    return { status, error: refused.json<Problem>().error, authenticate: found.get('www-authenticate') }
  },
  async beyondMax(t, world, { url }, clientId) {
    const { status, headers } = await openEvents(t, `${url}/notifications`, world.bearer(clientId))
    assert.ok(headers['retry-after'], 'the refusal says when to come again')
    return status
  },
  beyondMaxIs: 429,
}

const webSocket: StreamForm = {
  async open(t, world, at, clientId, query, headers = {}) {
    const frames = await world.frames(t, at, clientId, query, { headers })
    const { _socket: socket } = frames.socket as unknown as { _socket: { resetAndDestroy(): void } }
    return {
      notification: frames.notification,
      async bye() {
        const { type, reason } = await frames.next()
        assert.equal(type, 'bye')
        assert.equal(await frames.closed, closeCodes[String(reason)])
        return String(reason)
      },
      hangUp: () => frames.socket.close(),
      reset: () => socket.resetAndDestroy(),
    }
  },
  async refusal(t, _world, { url }, query, headers) {
    const refused = await openFrames(t, `${url}/notifications?${query}`, { headers }).catch((error: unknown) => error)
    if (!(refused instanceof NotUpgraded)) throw new Error('the connection was upgraded', { cause: refused })
    const { status, body: bodyText, headers: found } = refused
    checkContract({ method: 'GET', path: '/notifications', status, headers: found, bodyText })
    assert.equal(found.connection, 'close')
    const authenticate = found['www-authenticate'] ?? null
    return {
      status,
      error: (JSON.parse(bodyText) as Problem).error,
      authenticate: authenticate && String(authenticate),
    }
  },
  async beyondMax(t, world, { url }, clientId) {
    const frames = await openFrames(t, `${url}/notifications`, { headers: world.bearer(clientId) })
    assert.deepEqual(await frames.next(), { type: 'bye', reason: 'too-many' })
    return frames.closed
  },
  beyondMaxIs: closeCodes['too-many'] ?? 0,
}

/** Every form: what clients and senders see of a stream does not depend on it. */
export const streamForms: Readonly<Record<string, StreamForm>> = {
  'a stream of server-sent events': eventStream,
  'a WebSocket': webSocket,
}
