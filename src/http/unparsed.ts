import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Refusal } from '../delivery/refusal.ts'
import type { AccessLog } from './access-log.ts'
import { type AllowedMethods, MethodRefused } from './allowed-methods.ts'
import { noOperation } from './held/answered-requests.ts'
import { connectionOf } from './held/connection.ts'
import { headersOf, problemOf, writeRefusal } from './problems.ts'
import { newTraceId } from './trace-id.ts'

/** An error of Node's HTTP parser, or of its time limits. */
interface UnparsedError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

interface Edge {
  readonly allowed: AllowedMethods
  readonly accessLog: AccessLog | null
}

/** A method (RFC 9110, 5.6.2), a path, and the rest of a request line. */
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/[^\s]*)( HTTP\/1\.[01]\r?$)?/

/**
 * Answers bytes that never became a request, in the contract's error shape, and ends their connection: no HTTP at all, an
 * unknown method, too large, or too slow.
 */
export function refuseUnparsed(error: UnparsedError, socket: Socket, { allowed, accessLog }: Edge): void {
  const connection = connectionOf(socket)
  // A connection that was opened in advance and never used gets no response: it would answer the wrong request.
  if (error.code === 'ECONNRESET' || !socket.writable || connection.isSilent) return void socket.destroy()
  if (connection.isEnding) return connection.readMore()
  const refusal = refusalOf(error, allowed)
  const request = connection.requests.bodyUnderWay
  if (request === null) {
    connection.answered.add(noOperation, 'other', refusal.status, refusal.code)
    return connection.endWith(textOf(refusal, accessLog))
  }
  // The fault is in the body of a request, which was answered without it, or can be answered now.
  const response = connection.requests.responseTo(request)
  if (response === null || response.headersSent || connection.isHeld) return void socket.destroy()
  connection.endAfterResponses()
  writeRefusal(response, refusal, newTraceId(), ['connection', 'close'])
}

/** Answers CONNECT, which has no route: this service is no proxy, so there are no methods for what is asked for. */
export function refuseTunnel(socket: Socket, accessLog: AccessLog | null): void {
  const connection = connectionOf(socket)
  const refusal = new MethodRefused([])
  connection.answered.add(noOperation, 'other', refusal.status, refusal.code)
  connection.endWith(textOf(refusal, accessLog))
}

function refusalOf(error: UnparsedError, allowed: AllowedMethods): Refusal {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('ERROR_REQUEST_TIMEOUT')
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal(isLongUrl(error) ? 'ERROR_URI_TOO_LONG' : 'ERROR_HEADERS_TOO_LARGE')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Refusal('ERROR_CONTENT_TOO_LONG')
    case 'HPE_INVALID_METHOD':
      return unknownMethod(error, allowed)
    default:
      return new Refusal('ERROR_INVALID_ARGUMENT', { message: 'This is no HTTP request' })
  }
}

/** Returns whether it was the URL that became too long, and not a header: if the request line began in this packet. */
function isLongUrl(error: UnparsedError): boolean {
  return /^[A-Z-]+ \S/.test(lineOf(error))
}

/** Node's parser knows some methods only; any other is refused like those that it knows, if its request line is there. */
function unknownMethod(error: UnparsedError, allowed: AllowedMethods): Refusal {
  const [, , url, version] = requestLine.exec(lineOf(error)) ?? []
  if (url === undefined || version === undefined) {
    return new Refusal('ERROR_INVALID_ARGUMENT', { message: 'This is no HTTP request' })
  }
  return allowed.refusalFor(url)
}

/** Returns the line in which the parser has stopped, as far as it came in the same packet. */
function lineOf({ rawPacket, bytesParsed = 0 }: UnparsedError): string {
  const text = rawPacket?.toString('latin1') ?? ''
  const start = text.lastIndexOf('\n', Math.max(0, bytesParsed - 1)) + 1
  return text.slice(start).split('\n', 1)[0] ?? ''
}

/** A whole response, for a connection without a request that it could belong to. */
function textOf(refusal: Refusal, accessLog: AccessLog | null): string {
  const traceId = newTraceId()
  accessLog?.unparsed(refusal, traceId)
  const body = JSON.stringify(problemOf(refusal, traceId))
  const headers = Object.entries({
    ...headersOf(refusal, traceId),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
