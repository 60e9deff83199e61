import { connect, type Socket } from 'node:net'
import { checkContract } from './contract.ts'

/** An answer as it came over the wire, held to the contract. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection that writes what it is told, byte by byte if need be, and reads answers in their order. */
export interface RawConnection {
  readonly socket: Socket
  /** Sends a whole request; its answer is the next one that `answer` gives. */
  request(method: string, target: string, headers?: Readonly<Record<string, string>>, body?: string | Buffer): void
  /** Sends anything. An answer to it is held to the shape of an error. */
  write(bytes: string | Buffer): void
  /** The next answer; rejects when the connection ends before it is complete. */
  answer(): Promise<RawAnswer>
  /** Resolves when the connection is over, however it ended. */
  readonly closed: Promise<void>
  /** Ends it with a reset, as a crashing client or a router that forgets does. */
  reset(): void
}

/** Opens a connection to the service; destroyed at the end of the test. One that does not `read` lets answers pile up. */
export async function openConnection(
  t: { teardown(release: () => void): unknown },
  { url }: { url: string },
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  t.teardown(() => void socket.destroy())
  let received = Buffer.alloc(0)
  let over = false
  const asked: { method: string; path: string }[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      over = true
      wake()
      resolve()
    }
    socket.on('end', end)
    socket.on('close', end)
  })
  socket.on('error', () => {})
  // Paused before it is connected, it leaves every byte to the kernel.
  if (!reads) socket.pause()
  else {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      wake()
    })
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })

  function take(): RawAnswer | null {
    const { method, path } = asked[0] ?? { method: '', path: '' }
    const head = received.indexOf('\r\n\r\n')
    if (head === -1) return null
    const [statusLine = '', ...lines] = received.subarray(0, head).toString('latin1').split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const length = status === 204 || method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    if (received.length < head + 4 + length) return null
    const body = received.subarray(head + 4, head + 4 + length).toString()
    received = received.subarray(head + 4 + length)
    if (status >= 200) {
      asked.shift()
      checkContract({ method, path, status, headers, bodyText: body })
    }
    return { status, headers, body }
  }

  return {
    socket,
    closed,
    request(method, target, headers = {}, body) {
      asked.push({ method, path: target.split('?')[0] ?? '' })
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const lines = Object.entries({ host: 'service', ...length, ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      )
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      if (body !== undefined) socket.write(body)
    },
    write: (bytes) => void socket.write(bytes),
    answer: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          try {
            const answer = take()
            if (answer === null && !over) return
            waiting.delete(look)
            if (answer === null) reject(new Error(`the connection ended before an answer: "${received}"`))
            else resolve(answer)
          } catch (error) {
            waiting.delete(look)
            reject(error)
          }
        }
        waiting.add(look)
        look()
      }),
    reset: () => void socket.resetAndDestroy(),
  }
}
