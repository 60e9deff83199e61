import type { Socket } from 'node:net'

/** Every connection is looked at this often. */
export const lookEveryMs = 2_500
/** A peer that takes none of the bytes that are queued for it is disconnected after this. */
export const maxStuckMs = 10_000
/** The same in looks, so that a pause of this process is not held against its peers. */
const maxStuckLooks = maxStuckMs / lookEveryMs

/** The bytes of one connection that its peer takes, from one look to the next. */
export class Uptake {
  /** Looks in a row at which the kernel had taken no more of the queued bytes than before; -1 while none were queued. */
  #stuckLooks = -1
  #takenBefore = 0

  /** Notes that no bytes are queued. */
  clear(): void {
    this.#stuckLooks = -1
  }

  /** Looks at a socket with queued bytes. Returns whether its peer has taken none of them for too long. */
  isStuck(socket: Socket): boolean {
    const taken = takenByKernel(socket)
    this.#stuckLooks = taken === this.#takenBefore ? this.#stuckLooks + 1 : 0
    this.#takenBefore = taken
    return this.#stuckLooks >= maxStuckLooks
  }
}

/**
 * Returns how many bytes of the socket the kernel has taken so far, in the middle of a large write too. Node has no public
 * name for it; its own socket timeouts read the same member.
 */
function takenByKernel(socket: Socket): number {
  const { _bytesDispatched: dispatched = 0, _handle: handle } = socket as Socket & {
    _bytesDispatched?: number
    _handle?: { writeQueueSize: number } | null
  }
  return dispatched - (handle?.writeQueueSize ?? 0)
}
