import type { IncomingMessage } from 'node:http'
import type { WebSocket } from '@fastify/websocket'
import type { Bye, Handover } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { type EdgeLog, logRefusal } from '../edge-log.ts'
import type { Connection } from './connection.ts'
import type { Pulse } from './pulse.ts'
import { StreamResponse } from './stream-response.ts'

/** A client that sends nothing for so long, during which three pings were due, is disconnected. */
const silentMs = 45_000
/** Unsent bytes past which pings get no pong: a client could ask for pongs without reading them. */
const maxInFlight = 65_536

/** Frames of a client, beyond one for each notification: heartbeats are a few a minute. */
const maxFramesPerSecond = 100
/** Frames that may come at once, as after a while in which the client was busy. */
const maxFramesAtOnce = 1_000
/** Bytes between two looks. Fragments of frames are counted by nothing else. */
const maxBytesPerLook = 2_097_152

type Reason = Bye | 'too-many' | 'too-many-frames' | 'unavailable' | 'error'

/** RFC 6455, 7.4, and the registry of IANA; codes that begin with 4 are private. */
const closeCodes: Readonly<Record<Reason, number>> = {
  'timed-out': 1000,
  expired: 4401,
  restart: 1012,
  'too-many': 4429,
  'too-many-frames': 1008,
  unavailable: 1013,
  error: 1011,
}

/** A stream as frames of a WebSocket, in the sub-protocol `notifications.v1`. */
export class WebSocketStream extends StreamResponse {
  override readonly transport = 'web-socket'
  readonly #webSocket: WebSocket
  readonly #traceId: string
  readonly #log: EdgeLog
  #heardAt: number
  /** Frames that the client may send at once, as of the last one. */
  #allowance = maxFramesAtOnce
  #bytesRead = 0
  #isFlooded = false

  constructor(webSocket: WebSocket, connection: Connection, pulse: Pulse, traceId: string, log: EdgeLog) {
    super(connection, pulse)
    this.#webSocket = webSocket
    this.#traceId = traceId
    this.#log = log
    this.#heardAt = pulse.now()
    webSocket.on('pong', () => void this.#hear())
    webSocket.on('ping', (data) => {
      if (!this.#hear()) return
      if (webSocket.readyState === webSocket.OPEN && webSocket.bufferedAmount < maxInFlight) webSocket.pong(data)
    })
    webSocket.on('message', (data, isBinary) => {
      if (!this.#hear()) return
      const cursor = isBinary ? null : acknowledgedBy(data)
      if (cursor !== null) this.held?.acknowledge(cursor)
    })
  }

  protected get request(): IncomingMessage | null {
    return this.connection.requests.upgradeRequest
  }

  protected begin(clientId: string): void {
    this.#webSocket.send(JSON.stringify({ type: 'registration', clientId }))
  }

  protected write({ cursor, json }: Handover, out: (error?: Error | null) => void): number {
    // Its acknowledgement is a frame, too.
    this.#allowance = Math.min(maxFramesAtOnce, this.#allowance + 1)
    this.#webSocket.send(`{"type":"notification","cursor":"${cursor}","notification":${json}}`, out)
    return this.#webSocket.bufferedAmount
  }

  /** A text frame for programs, and a ping frame, which every WebSocket library answers by itself. */
  protected sign(): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    this.#webSocket.send('{"type":"ping"}')
    this.#webSocket.ping()
  }

  protected finish(reason: Bye): void {
    this.#finish(reason)
  }

  protected refuse(refusal: Refusal): void {
    logRefusal(this.#log, refusal, this.#traceId)
    this.#finish(reasonOf(refusal))
  }

  protected isSilent(nowMs: number): boolean {
    return nowMs - this.#heardAt >= silentMs
  }

  override due(): void {
    const { bytesRead } = this.connection.socket
    if (bytesRead - this.#bytesRead > maxBytesPerLook) this.#endFlood()
    this.#bytesRead = bytesRead
    super.due()
  }

  /** Takes note of a frame. Returns false when the client has sent too many. */
  #hear(): boolean {
    if (this.#isFlooded) return false
    const now = this.pulse.now()
    const earned = ((now - this.#heardAt) / 1000) * maxFramesPerSecond
    this.#allowance = Math.min(maxFramesAtOnce, this.#allowance + earned) - 1
    this.#heardAt = now
    if (this.#allowance >= 0) return true
    this.#endFlood()
    return false
  }

  #endFlood(): void {
    if (this.#isFlooded) return
    this.#isFlooded = true
    this.held?.hangUp()
    this.#finish('too-many-frames')
    this.#webSocket.pause()
  }

  #finish(reason: Reason): void {
    this.#webSocket.send(JSON.stringify({ type: 'bye', reason }))
    this.#webSocket.close(closeCodes[reason], reason)
  }
}

/** A browser sees no HTTP status of a WebSocket, so the refusal is told as a reason. */
function reasonOf({ code, status }: Refusal): Reason {
  if (code === 'ERROR_TOO_MANY_REQUESTS') return 'too-many'
  if (code === 'ERROR_DRAINING') return 'restart'
  return status === 503 ? 'unavailable' : 'error'
}

/** Returns the cursor that a frame acknowledges; null for any other frame. */
function acknowledgedBy(data: unknown): string | null {
  try {
    const frame: unknown = JSON.parse(String(data))
    if (typeof frame !== 'object' || frame === null) return null
    const { type, cursor } = frame as { type?: unknown; cursor?: unknown }
    return type === 'ack' && typeof cursor === 'string' ? cursor : null
  } catch {
    return null
  }
}
