import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { preferenceFor } from './accept.ts'

/** A content coding of HTTP that the service can apply. */
export type Coding = 'br' | 'gzip'

/** Both at their highest levels, which is the default of Brotli: each file is compressed once. */
const compressions: Readonly<Record<Coding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: promisify<Buffer, Buffer>(brotliCompress),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
}

/** Resolves with the bytes in this coding. Runs beside the event loop. */
export function encoded(bytes: Buffer, coding: Coding): Promise<Buffer> {
  return compressions[coding](bytes)
}

/**
 * Returns the coding that an `Accept-Encoding` header prefers, the first of those offered when several have the same weight;
 * null to send the bytes as they are. A `*` does not count: a client that can decode a coding names it.
 */
export function preferredCoding(acceptEncoding: string | undefined, offered: readonly Coding[]): Coding | null {
  if (acceptEncoding === undefined) return null
  let best: Coding | null = null
  let weight = preferenceFor(acceptEncoding, 'identity')
  for (const coding of offered) {
    const wanted = preferenceFor(acceptEncoding, coding)
    if (wanted > weight || (wanted === weight && best === null && wanted > 0)) {
      best = coding
      weight = wanted
    }
  }
  return best
}
