import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** The maximum size of lines that wait for a reader, some 5,000 lines: a collector that restarts misses none. */
const maxWaitingBytes = 1_048_576
/** The time between two attempts to write while the reader takes nothing. */
const retryMs = 20

/** The destination of log lines. Never blocks and never throws. */
export interface LogOutput {
  write(line: string): void
  /** The number of lines dropped since the start, because the reader did not take them. */
  readonly dropped: number
  /** Resolves when every waiting line is written, or after `withinMs`. */
  flushed(withinMs: number): Promise<void>
}

/**
 * Writes to a file descriptor, and drops and counts lines instead of waiting for a reader that does not read: a full
 * pipe would otherwise stop the process, health checks included.
 *
 * A pipe or terminal is opened anew, since only that gives this process a non-blocking descriptor of its own: the flag
 * belongs to the open file, which the other processes of the terminal or the pipe share. A socket cannot be opened anew
 * (nor can the pipe of another user); then the flag is set on what is shared. A file never makes its writer wait for a
 * reader.
 */
export function openLogOutput(fd: number, maxBytes = maxWaitingBytes): LogOutput {
  const stat = fstatSync(fd)
  if (stat.isFile()) return new DescriptorOutput(fd, maxBytes)
  const own = openAnew(fd)
  if (own !== null) return new DescriptorOutput(own, maxBytes)
  if (stat.isFIFO() || stat.isSocket()) return new SocketOutput(fd, maxBytes)
  return new DescriptorOutput(fd, maxBytes)
}

function openAnew(fd: number): number | null {
  try {
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    // On systems where this path only duplicates the descriptor, the flag would be shared after all.
    if (fstatSync(own).ino === fstatSync(fd).ino) return own
    closeSync(own)
    return null
  } catch {
    return null
  }
}

class DescriptorOutput implements LogOutput {
  dropped = 0
  readonly #fd: number
  readonly #maxBytes: number
  /** Oldest first; the first may be written in part. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #retry: NodeJS.Timeout | null = null
  #onFlushed: (() => void)[] = []

  constructor(fd: number, maxBytes: number) {
    this.#fd = fd
    this.#maxBytes = maxBytes
  }

  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#waitingBytes + bytes.length > this.#maxBytes) {
      this.dropped += 1
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#retry === null) this.#drain()
  }

  flushed(withinMs: number): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const late = setTimeout(resolve, withinMs)
      this.#onFlushed.push(() => {
        clearTimeout(late)
        resolve()
      })
    })
  }

  #drain(): void {
    this.#retry = null
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      let written = bytes.length
      try {
        written = writeSync(this.#fd, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          this.#retry = setTimeout(() => this.#drain(), retryMs)
          return
        }
        // The reader has gone, or the disk is full. A log that cannot be written is no reason to stop serving.
        this.dropped += 1
      }
      this.#waitingBytes -= written
      if (written === bytes.length) this.#waiting.shift()
      else this.#waiting[0] = bytes.subarray(written)
    }
    for (const resolve of this.#onFlushed.splice(0)) resolve()
  }
}

class SocketOutput implements LogOutput {
  dropped = 0
  readonly #socket: Socket
  readonly #maxBytes: number

  constructor(fd: number, maxBytes: number) {
    this.#socket = new Socket({ fd, readable: false, writable: true })
    this.#socket.on('error', () => {})
    this.#maxBytes = maxBytes
  }

  write(line: string): void {
    if (!this.#socket.writable || this.#socket.writableLength + line.length > this.#maxBytes) this.dropped += 1
    else this.#socket.write(line)
  }

  flushed(withinMs: number): Promise<void> {
    if (!this.#socket.writable || this.#socket.writableLength === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const late = setTimeout(resolve, withinMs)
      this.#socket.write('', () => {
        clearTimeout(late)
        resolve()
      })
    })
  }
}
