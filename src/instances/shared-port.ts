import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Returns a port that several processes can listen at, or rejects with the reason. 0 finds a free one. */
export async function findSharedPort(host: string, port: number): Promise<number> {
  // Listening alone fails where anybody listens. Sharing does not: a second service that is started by mistake would take
  // half of the connections of the first, in silence.
  const found = await tryListening({ host, port })
  try {
    await tryListening({ host, port: found, reusePort: true })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOTSUP') throw cause
    const message =
      `INSTANCES: ${process.platform} cannot spread the connections of one port over several processes; ` +
      'set INSTANCES=1, and start further instances at other ports behind a balancer'
    throw new Error(message, { cause })
  }
  return found
}

async function tryListening(place: {
  readonly host: string
  readonly port: number
  readonly reusePort?: boolean
}): Promise<number> {
  const server = createServer()
  await once(server.listen(place), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
