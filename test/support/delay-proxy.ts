import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * Passes bytes on to a port of this machine, each piece between 0 and `maxMs` milliseconds later, in order: a server that
 * is some way off. Returns its own port; gone at the end of the test.
 */
export async function startDelayProxy(
  t: Pick<Test, 'teardown'>,
  { targetPort, maxMs }: { readonly targetPort: number; readonly maxMs: number },
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
      passOn(from, to, maxMs)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

/** A piece waits for its own time and for all pieces before it. */
function passOn(from: Socket, to: Socket, maxMs: number): void {
  let last = Promise.resolve()
  const later = (act: () => void) => {
    const due = new Promise<void>((resolve) => setTimeout(resolve, Math.random() * maxMs))
    last = Promise.all([last, due]).then(act)
  }
  from.on('data', (bytes) => later(() => to.write(bytes)))
  from.on('end', () => later(() => to.end()))
  from.on('close', () => later(() => to.destroy()))
}
