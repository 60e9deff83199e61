import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, isIP, type ListenOptions, type Server } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { keepAliveProbeMs } from './guarded-server.ts'

interface Place {
  /** An IP address or a host name. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly backlog?: number
  /**
   * Given where other processes listen at the same port and the kernel spreads the connections over them: a port at which
   * this process alone is reached. 0 takes a free one.
   */
  readonly ownPort?: number | undefined
}

/** Returns the IP addresses that a host name leads to. */
type Resolve = (host: string) => Promise<readonly string[]>

/**
 * Listens at the address, or at every address of this machine that the host name leads to: a browser asks for `localhost`
 * at ::1 and at 127.0.0.1, in an order of its own. The server of the application listens at the first and also serves the
 * connections of the others, so that its bounds hold for all of them. Rejects when one of the addresses is taken.
 * Returns the port at which this process alone is reached.
 */
export async function listenAt(
  app: FastifyInstance,
  { host, ownPort, ...place }: Place,
  resolve: Resolve = resolveHost,
): Promise<number> {
  const [first = host, ...others] = isIP(host) === 0 ? ofThisMachine(await resolve(host), networkInterfaces()) : [host]
  const doors: Door[] = []
  app.addHook('preClose', async () => {
    for (const { server } of doors) server.close()
  })
  app.addHook('onClose', async () => {
    app.server.closeIdleConnections()
    await Promise.all(doors.map(({ closed }) => closed))
  })
  const open = async (at: ListenOptions): Promise<number> => {
    const door = openDoor(app)
    await once(door.server.listen(at), 'listening')
    doors.push(door)
    return (door.server.address() as AddressInfo).port
  }
  const shared = ownPort === undefined ? place : { ...place, reusePort: true }
  await app.listen({ ...shared, host: first })
  const { port } = app.server.address() as AddressInfo
  for (const address of others) await open({ ...shared, host: address, port })
  if (ownPort === undefined) return port
  let alone = ownPort
  for (const address of [first, ...others]) alone = await open({ ...place, host: address, port: alone })
  return alone
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
