import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, isIP, type Server } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { keepAliveProbeMs } from './guarded-server.ts'

interface Place {
  /** An IP address or a host name. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly backlog?: number
}

/** Returns the IP addresses that a host name leads to. */
type Resolve = (host: string) => Promise<readonly string[]>

/**
 * Listens at the address, or at every address of this machine that the host name leads to: a browser asks for `localhost`
 * at ::1 and at 127.0.0.1, in an order of its own. The server of the application listens at the first and also serves the
 * connections of the others, so that its bounds hold for all of them. Rejects when one of the addresses is taken.
 */
export async function listenAt(
  app: FastifyInstance,
  { host, ...place }: Place,
  resolve: Resolve = resolveHost,
): Promise<void> {
  const [first = host, ...others] = isIP(host) === 0 ? ofThisMachine(await resolve(host), networkInterfaces()) : [host]
  const doors: Door[] = []
  app.addHook('preClose', async () => {
    for (const { server } of doors) server.close()
  })
  app.addHook('onClose', async () => {
    app.server.closeIdleConnections()
    await Promise.all(doors.map(({ closed }) => closed))
  })
  await app.listen({ ...place, host: first })
  const { port } = app.server.address() as AddressInfo
  for (const address of others) {
    const door = openDoor(app)
    await once(door.server.listen({ ...place, host: address, port }), 'listening')
    doors.push(door)
  }
}

interface Door {
  readonly server: Server
  /** Resolves when the server has closed, and all connections that came through it. */
  readonly closed: Promise<void>
}

/** Makes a server that gives its connections to the application's server. */
function openDoor({ server, connections }: FastifyInstance): Door {
  // As Node's HTTP server has them.
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs }
  const door = createServer(options, (socket) => {
    if (connections.size >= server.maxConnections) {
      socket.destroy()
      server.emit('drop')
      return
    }
    // The application's server counts only the connections that it has accepted itself.
    server.maxConnections -= 1
    socket.once('close', () => {
      server.maxConnections += 1
    })
    server.emit('connection', socket)
  })
  return { server: door, closed: new Promise((resolve) => door.once('close', resolve)) }
}

/** Returns those of the addresses that this machine has; all of them when it has none, so that listening tells why. */
function ofThisMachine(
  addresses: readonly string[],
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly string[] {
  const own = new Set(Object.values(interfaces).flatMap((found) => (found ?? []).map(({ address }) => address)))
  const here = [...new Set(addresses)].filter((address) => own.has(address) || address.startsWith('127.'))
  return here.length > 0 ? here : addresses
}

async function resolveHost(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}
