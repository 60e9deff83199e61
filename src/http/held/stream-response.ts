import type { IncomingMessage } from 'node:http'
import type { Bye, Handover, HeldStream, StreamAnswer, Watcher } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { Slot } from '../../delivery/wheel.ts'
import type { Connection } from './connection.ts'
import type { ConnectionEnd, Exchange } from './exchange.ts'
import type { Pulse } from './pulse.ts'

/** Between two looks at a stream. */
const lookEveryMs = 5_000
/** Every 15 s, sooner than the minute after which proxies close idle connections. */
const looksPerSign = 3
/** Unsent bytes of a stream past which the next event waits. Bytes that the kernel has taken do not count. */
const maxInFlight = 65_536

/** An event that is being written, or is in its grace. */
class Sent implements Watcher {
  readonly handover: Handover
  readonly #response: StreamResponse
  /** The event has left this process. */
  isOut = false

  constructor(handover: Handover, response: StreamResponse) {
    this.handover = handover
    this.#response = response
    handover.watcher = this
  }

  get stuck(): boolean {
    return this.#response.stuck
  }

  over(): void {
    this.#response.settled(this)
  }
}

/**
 * The response of one held stream, whatever its form on the wire.
 *
 * States: held; opened, when the first bytes are written; then ended, by its own `bye` or by the end of the connection.
 * After `bye`, events in their grace are still watched until the connection is gone.
 */
export abstract class StreamResponse extends Slot implements StreamAnswer, Exchange {
  protected readonly connection: Connection
  protected readonly pulse: Pulse
  #held: HeldStream | null = null
  #ended = false
  readonly #unsettled = new Set<Sent>()
  /** The number of events that have not left this process. */
  #underWay = 0
  /** The core waits for `resume` before its next event. */
  #isAwaited = false
  #looks = 0

  constructor(connection: Connection, pulse: Pulse) {
    super()
    this.connection = connection
    this.pulse = pulse
    connection.add(this)
  }

  /** The peer does not take bytes at the moment. */
  get stuck(): boolean {
    return this.#underWay > 0
  }

  protected get held(): HeldStream | null {
    return this.#held
  }

  // ── the differences between the forms ──

  abstract readonly transport: StreamAnswer['transport']

  /** The request that it answers; null when that is not known any more. */
  protected abstract get request(): IncomingMessage | null
  /** Writes the beginning of the stream. */
  protected abstract begin(clientId: string, appliedWaitSeconds: number): void
  /** Writes an event; `out` is called when it has left the process, or never will. Returns the unsent bytes. */
  protected abstract write(handover: Handover, out: (error?: Error | null) => void): number
  /** Writes a heartbeat. */
  protected abstract sign(): void
  /** Writes `bye`, and ends. */
  protected abstract finish(reason: Bye): void
  /** Refuses a stream that never began, and ends. */
  protected abstract refuse(refusal: Refusal): void
  /** Returns whether the peer has been silent for too long. */
  protected abstract isSilent(nowMs: number): boolean

  // ── calls of the core ──

  /** Ends the stream when the connection ends, from here on. */
  hold(held: HeldStream): void {
    this.#held = held
    // The connection may have ended between the request and this line.
    if (this.connection.socket.destroyed) this.closed('failed')
    else if (this.#ended) held.hangUp()
  }

  opened(clientId: string, appliedWaitSeconds: number): void {
    this.begin(clientId, appliedWaitSeconds)
    this.pulse.lookAt(this, lookEveryMs)
  }

  event(handover: Handover): boolean {
    if (this.#ended || !this.connection.socket.writable) {
      handover.failed()
      return false
    }
    const { request } = this
    if (request !== null) this.connection.carries(request, handover.leases)
    const sent = new Sent(handover, this)
    this.#unsettled.add(sent)
    this.#underWay += 1
    const bytes = this.write(handover, (error) => this.#out(sent, error ?? null))
    if (bytes > 0) this.connection.hasWritten()
    this.#isAwaited = bytes > maxInFlight
    return !this.#isAwaited
  }

  bye(reason: Bye): void {
    this.#ended = true
    this.pulse.forget(this)
    this.finish(reason)
  }

  refused(refusal: Refusal): void {
    this.#ended = true
    this.connection.remove(this)
    this.refuse(refusal)
  }

  // ── calls of the connection ──

  #out(sent: Sent, error: Error | null): void {
    this.#underWay -= 1
    if (error === null) {
      sent.isOut = true
      sent.handover.written()
    } else sent.handover.failed()
    if (this.#underWay > 0 || !this.#isAwaited) return
    this.#isAwaited = false
    this.#held?.resume()
  }

  closed(end: ConnectionEnd): void {
    this.#ended = true
    this.pulse.forget(this)
    this.#held?.hangUp()
    for (const { handover, isOut } of [...this.#unsettled]) if (end === 'failed' || !isOut) handover.failed()
    this.#unsettled.clear()
  }

  /** The end of the connection no longer matters for the event. */
  settled(sent: Sent): void {
    this.#unsettled.delete(sent)
  }

  override due(): void {
    if (this.isSilent(this.pulse.now())) return this.drop()
    this.#looks += 1
    if (this.#looks % looksPerSign === 0 && !this.stuck) this.sign()
    this.pulse.lookAt(this, lookEveryMs)
  }

  /** Cuts the connection. Its unsettled notifications are handed over again, elsewhere or here. */
  protected drop(): void {
    this.#ended = true
    this.#held?.hangUp()
    this.connection.drop()
  }
}
