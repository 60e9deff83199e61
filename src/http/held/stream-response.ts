import type { Bye, Handover, HeldStream, StreamAnswer, Watcher } from '../../contract/held.ts'
import type { Refusal } from '../../delivery/refusal.ts'
import { Slot } from '../../delivery/wheel.ts'
import type { Connection, Exchange } from './connection.ts'
import type { Pulse } from './pulse.ts'

/** Between two looks. Milliseconds. */
const lookEveryMs = 5_000
/** Shorter than the minute after which proxies close what is idle. Looks: every 15 s. */
const looksPerSign = 3
/** A reader that does not read is dropped: what it was handed then waits for it again. Milliseconds. */
const stuckMs = 10_000
/** Bytes on their way to one reader past which the next event waits. What the kernel takes does not count. */
const maxInFlight = 65_536

/** An event on its way, or in its grace. */
class Sent implements Watcher {
  readonly handover: Handover
  readonly #response: StreamResponse
  /** Whether it is out of this process. */
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
 * States: held, and opened when the first bytes are written; then ended, by its own `bye` or because the connection is
 * gone. What is in its grace by then goes on to be watched, for as long as the connection is there.
 */
export abstract class StreamResponse extends Slot implements StreamAnswer, Exchange {
  protected readonly connection: Connection
  readonly #pulse: Pulse
  #held: HeldStream | null = null
  #ended = false
  /** We have cut the connection: nothing tells what has arrived. */
  #dropped = false
  readonly #unsettled = new Set<Sent>()
  /** Events that are not out of this process, and since when none of them has moved. */
  #underWay = 0
  #movedAt = 0
  /** The core waits to be told that there may be another event. */
  #isAwaited = false
  #looks = 0

  constructor(connection: Connection, pulse: Pulse) {
    super()
    this.connection = connection
    this.#pulse = pulse
    connection.add(this)
  }

  /** The peer takes nothing at the moment. */
  get stuck(): boolean {
    return this.#underWay > 0
  }

  protected get held(): HeldStream | null {
    return this.#held
  }

  // ── what differs between the forms ──

  /** Writes what comes first. */
  protected abstract begin(clientId: string, appliedWaitSeconds: number): void
  /** Writes an event; `out` is called when it has left the process, or never will. Answers the bytes under way. */
  protected abstract write(handover: Handover, out: (error?: Error | null) => void): number
  /** Writes a sign of life. */
  protected abstract sign(): void
  /** Writes the last words, and ends. */
  protected abstract finish(reason: Bye): void
  /** Answers a stream that never began, and ends. */
  protected abstract refuse(refusal: Refusal): void
  /** Whether the peer ought to have been heard by now. */
  protected abstract isSilent(nowMs: number): boolean
  /** Whether it is this response that the connection is occupied with. */
  protected abstract isItsTurn(): boolean

  // ── what the core says ──

  /** From here on the end of the connection ends the stream. */
  hold(held: HeldStream): void {
    this.#held = held
    // It may have ended between the request and this line.
    if (this.connection.socket.destroyed) this.closed(true)
    else if (this.#ended) held.hangUp()
  }

  opened(clientId: string, appliedWaitSeconds: number): void {
    this.begin(clientId, appliedWaitSeconds)
    this.#pulse.lookAt(this, lookEveryMs)
  }

  event(handover: Handover): boolean {
    if (this.#ended || !this.connection.socket.writable) {
      handover.failed()
      return false
    }
    const sent = new Sent(handover, this)
    this.#unsettled.add(sent)
    if (this.#underWay === 0) this.#movedAt = this.#pulse.now()
    this.#underWay += 1
    const bytes = this.write(handover, (error) => this.#out(sent, error ?? null))
    this.#isAwaited = bytes > maxInFlight
    return !this.#isAwaited
  }

  bye(reason: Bye): void {
    this.#ended = true
    this.finish(reason)
    // A peer that does not read would keep the connection open.
    this.#pulse.lookAt(this, stuckMs)
  }

  refused(refusal: Refusal): void {
    this.#ended = true
    this.connection.remove(this)
    this.refuse(refusal)
  }

  // ── what the connection says ──

  #out(sent: Sent, error: Error | null): void {
    this.#underWay -= 1
    this.#movedAt = this.#pulse.now()
    if (error === null) {
      sent.isOut = true
      sent.handover.written()
    } else sent.handover.failed()
    if (this.#underWay > 0 || !this.#isAwaited) return
    this.#isAwaited = false
    this.#held?.resume()
  }

  closed(failed: boolean): void {
    this.#ended = true
    this.#pulse.forget(this)
    this.#held?.hangUp()
    for (const { handover, isOut } of [...this.#unsettled]) if (failed || this.#dropped || !isOut) handover.failed()
    this.#unsettled.clear()
  }

  /** Nothing can happen to the event any more. */
  settled(sent: Sent): void {
    this.#unsettled.delete(sent)
  }

  override due(): void {
    const now = this.#pulse.now()
    const isStuck = this.stuck && now - this.#movedAt >= stuckMs && this.isItsTurn()
    if (this.#ended || isStuck || this.isSilent(now)) return this.drop()
    this.#looks += 1
    if (this.#looks % looksPerSign === 0 && !this.stuck) this.sign()
    this.#pulse.lookAt(this, lookEveryMs)
  }

  /** Cuts the connection. What it was handed is handed over again, elsewhere or here. */
  protected drop(): void {
    this.#dropped = true
    this.#ended = true
    this.#held?.hangUp()
    this.connection.socket.destroy()
  }
}
