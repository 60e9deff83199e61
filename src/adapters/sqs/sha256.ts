import { hash } from 'node:crypto'
import type { Hash, SourceData } from '@smithy/types'

/** SHA-256 works on blocks of so many bytes, and HMAC (RFC 2104) fills its key up to one. */
const blockBytes = 64

/**
 * SHA-256, or HMAC with it when there is a key, for the signer of the SDK. Its own is made of `createHmac`, which makes a key
 * object and a native object each time; a signature takes five of them. One-shot hashes cost a third of that.
 */
export class Sha256 implements Hash {
  readonly #outerPad: Buffer | null
  /** Everything to be hashed; small, since requests are. */
  #parts: Buffer[] = []
  readonly #start: readonly Buffer[]

  constructor(key?: SourceData) {
    if (key === undefined) {
      this.#outerPad = null
      this.#start = []
      return
    }
    const given = bytesOf(key)
    const short = given.length > blockBytes ? digestOf(given) : given
    const inner = Buffer.alloc(blockBytes, 0x36)
    const outer = Buffer.alloc(blockBytes, 0x5c)
    for (let at = 0; at < short.length; at++) {
      inner[at] = (short[at] as number) ^ 0x36
      outer[at] = (short[at] as number) ^ 0x5c
    }
    this.#outerPad = outer
    this.#start = [inner]
    this.reset()
  }

  update(data: Uint8Array): void {
    this.#parts.push(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    const [only, ...more] = this.#parts
    const digest = digestOf(more.length === 0 && only !== undefined ? only : Buffer.concat(this.#parts))
    return this.#outerPad === null ? digest : digestOf(Buffer.concat([this.#outerPad, digest]))
  }

  reset(): void {
    this.#parts = [...this.#start]
  }
}

function digestOf(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer')
}

function bytesOf(data: SourceData): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(data)
}
