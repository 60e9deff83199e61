import { connect } from 'node:net'
import type { Answer } from '../support/contract.ts'
import type { FuzzedRequest } from './requests.ts'

/** The time after which a response counts as missing: a machine that runs tests is busy. */
const patienceMs = 15_000
/** The time after which the client hangs up a held poll or stream. */
const heldMs = 300

/** The outcome of one request. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** A poll or stream was held until it was given up. */
  | { readonly kind: 'held' }
  /** The connection ended, or nothing came, without an answer. */
  | { readonly kind: 'unanswered'; readonly why: string }

/** Whether the answer to a publication or a callback may be held until a client has acknowledged it. */
function waitsForAcknowledgement({ operationId, headers }: FuzzedRequest): boolean {
  const isStored = operationId === 'publishNotification' || operationId === 'receiveCallback'
  return isStored && headers.some(([name]) => name.toLowerCase() === 'prefer')
}

/** Whether the request may be a poll: another operation at the same path becomes a poll when its method is replaced. */
function isPoll({ operationId, method, target }: FuzzedRequest): boolean {
  return operationId === 'awaitNotifications' || (method === 'GET' && /^\/notifications(\?|$)/.test(target))
}

/** Sends one request over a connection of its own, and reads the answer. */
export function exchange(port: number, request: FuzzedRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    // The service may wait for the rest of a damaged head.
    const mayBeHeld = isPoll(request) || request.damage.length > 0 || waitsForAcknowledgement(request)
    const end = (outcome: Outcome) => {
      clearTimeout(late)
      clearTimeout(held)
      socket.destroy()
      resolve(outcome)
    }
    const late = setTimeout(() => end({ kind: 'unanswered', why: `nothing within ${patienceMs} ms` }), patienceMs)
    let held: NodeJS.Timeout | undefined
    socket.on('connect', () => {
      socket.write(bytesOf(request))
      if (mayBeHeld) held = setTimeout(giveUp, heldMs)
    })
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      // A connection that asked for an upgrade is kept open after the answer.
      const answer = read(request, Buffer.concat(chunks))
      if (answer !== null && isComplete(answer)) end({ kind: 'answered', answer })
    })
    socket.on('error', (error) => finish(error.message))
    socket.on('close', () => finish('closed'))

    /** A stream has begun, or a poll is held: either is as it should be. A head that is there is looked at. */
    function giveUp(): void {
      const answer = read(request, Buffer.concat(chunks))
      if (answer === null || answer.status === 101 || isStream(answer)) end({ kind: 'held' })
    }

    function finish(why: string): void {
      const answer = read(request, Buffer.concat(chunks))
      if (answer === null) end({ kind: 'unanswered', why })
      else if (answer.status === 101 || isStream(answer)) end({ kind: 'held' })
      else end({ kind: 'answered', answer })
    }
  })
}

function isComplete({ method, status, headers, bodyText }: Answer): boolean {
  const length = (headers as Record<string, string>)['content-length']
  if (status === 204 || (method === 'HEAD' && status !== 101)) return true
  return length !== undefined && Buffer.byteLength(bodyText) >= Number(length)
}

function isStream({ headers }: Answer): boolean {
  return String((headers as Record<string, string>)['content-type']).startsWith('text/event-stream')
}

function bytesOf({ method, target, headers, body, chunked, damage }: FuzzedRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`]
  if (!headers.some(([name]) => name === 'Host')) lines.push('Host: 127.0.0.1')
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  if (!headers.some(([name]) => name === 'Connection')) lines.push('Connection: close')
  if (body !== null) lines.push(chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  for (const { at, byte } of damage) head[at % head.length] = byte
  if (body === null) return head
  if (!chunked) return Buffer.concat([head, body])
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]
  return Buffer.concat([head, ...chunk, Buffer.from('0\r\n\r\n')])
}

/** The last answer in these bytes; one of status 100 may stand before it. Null when none is there. */
function read({ method, target }: FuzzedRequest, bytes: Buffer): Answer | null {
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return null
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    if (status === 100) {
      rest = rest.subarray(end + 4)
      continue
    }
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const body = rest.subarray(end + 4)
    const bodyText = headers['transfer-encoding'] === 'chunked' ? joined(body) : body.toString('utf8')
    return { method, path: target.split('?')[0] ?? '', status, headers, bodyText }
  }
}

function joined(body: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (end === -1 || !(size > 0)) break
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(parts).toString('utf8')
}
