import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Fault, type FaultProxy, type Judge, lateMs } from './fault-proxy.ts'

/** Instead of a protocol version: the connection only asks to cancel what another one does. */
const cancelRequest = 80_877_102
const letters = { bound: 0x32, parse: 0x50, query: 0x51, ready: 0x5a }

/**
 * A proxy that understands the rhythm of PostgreSQL: what a client sends until the server is ready for the next query is
 * one call. The start of a connection is a call, too.
 */
export async function postgresFaultProxy(options: {
  readonly targetPort: number
  readonly judge: Judge
}): Promise<Omit<FaultProxy, 'release'>> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: options.targetPort, noDelay: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => {})
    }
    relay(client, upstream, options.judge)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function relay(client: Socket, upstream: Socket, judge: Judge): void {
  let started = false
  let underWay = false
  let fault: Fault | null = null
  /** The effect is certain from here on, so nothing of the answer may arrive. */
  let withholding = false
  let rest: Buffer = Buffer.alloc(0)

  client.on('close', () => upstream.destroy())
  upstream.on('close', () => client.destroy())
  client.on('data', (bytes) => {
    if (!underWay && !isCancel(bytes, started)) {
      underWay = true
      fault = judge({ name: nameOf(bytes, started), body: '' })
      withholding = started && bytes[0] === letters.query
    }
    if (fault === 'late') {
      fault = null
      upstream.pause()
      setTimeout(() => upstream.resume(), lateMs)
    }
    if (fault === 'error') client.resetAndDestroy()
    else if (fault !== 'hang') upstream.write(bytes)
  })
  upstream.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    let end = 0
    while (rest.length >= end + 5) {
      const next = end + 1 + rest.readUInt32BE(end + 1)
      if (rest.length < next) break
      const letter = rest[end]
      if (letter === letters.bound) withholding = true
      if (fault === 'crash' && letter === letters.ready) return void client.resetAndDestroy()
      if (fault !== 'crash' || !withholding) client.write(rest.subarray(end, next))
      if (letter === letters.ready) {
        started = true
        underWay = false
        withholding = false
      }
      end = next
    }
    rest = rest.subarray(end)
  })
}

function isCancel(bytes: Buffer, started: boolean): boolean {
  return !started && bytes.length >= 8 && bytes.readUInt32BE(4) === cancelRequest
}

function nameOf(bytes: Buffer, started: boolean): string {
  if (!started) return 'connect'
  if (bytes[0] !== letters.parse && bytes[0] !== letters.query) return 'prepared statement'
  const text = bytes.subarray(5).toString('latin1').split('\0')
  return (bytes[0] === letters.parse ? text[1] : text[0])?.replace(/\s+/g, ' ').trim().slice(0, 60) ?? ''
}
