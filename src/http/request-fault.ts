import type { IncomingMessage } from 'node:http'
import { Refusal } from '../delivery/refusal.ts'

/** A path with the longest client id, percent-encoded, and a query with a cursor and a ticket. */
const maxUrlLength = 8_192
/** Several times what browsers and the proxies on the way send. */
const maxHeaders = 200
/** Nothing that ends a host, or makes two of one (RFC 9110, 7.2). */
const host = /^[^\s,/?#@\\]*$/

/** Returns the reason why no operation should see this request, or null: its version, its URL or its host. */
export function faultOf({ httpVersion, url = '', headers, rawHeaders }: IncomingMessage): Refusal | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refused('This service speaks HTTP/1.0 and HTTP/1.1')
  if (url.length > maxUrlLength) return new Refusal('ERROR_URI_TOO_LONG')
  if (rawHeaders.length > 2 * maxHeaders) return new Refusal('ERROR_HEADERS_TOO_LARGE')
  if (headers.host === undefined) return httpVersion === '1.0' ? null : refused('The header Host is missing')
  if (!host.test(headers.host)) return refused('The header Host is not a host')
  // Node uses the first of several Host headers; a proxy in front may have routed the request by another one.
  return isThereTwice('host', rawHeaders) ? refused('The header Host is there twice') : null
}

function isThereTwice(name: string, rawHeaders: readonly string[]): boolean {
  let found = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i]
    if (header?.length !== name.length || header.toLowerCase() !== name) continue
    if (found) return true
    found = true
  }
  return false
}

function refused(message: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
