import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { listenHere } from './listen-here.ts'

/** A proxy on loopback that passes bytes on until it is frozen. */
export interface FreezingProxy {
  readonly url: string
  /** From now on it accepts connections and bytes, and passes nothing on in either direction. */
  freeze(): void
}

/** Starts a proxy in front of this URL, which stands still when it is told to. Gone at the end of the test. */
export async function startFreezingProxy(
  t: Pick<Test, 'teardown'>,
  { targetUrl }: { readonly targetUrl: string },
): Promise<FreezingProxy> {
  const { hostname, port } = new URL(targetUrl)
  let isFrozen = false
  const passOn = (from: Socket, to: Socket) => {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.on('data', (bytes) => {
      if (!isFrozen) to.write(bytes)
    })
  }
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true })
    passOn(client, upstream)
    passOn(upstream, client)
  })
  const url = await listenHere(t, server)
  return {
    url,
    freeze() {
      isFrozen = true
    },
  }
}

/** A server on loopback that accepts connections and never answers. */
interface SilentServer {
  readonly url: string
  /** Resolves when somebody has connected. */
  readonly called: Promise<void>
}

/** Starts a server that never answers. Gone at the end of the test. */
export async function startSilentServer(t: Pick<Test, 'teardown'>): Promise<SilentServer> {
  const called = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    called.resolve()
    socket.on('error', () => {})
    socket.resume()
  })
  return { url: await listenHere(t, server), called: called.promise }
}
