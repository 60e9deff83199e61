import { once } from 'node:events'
import { createServer } from 'node:net'

/** How often another free port is tried: between looking and listening somebody else may take it. */
const attempts = 4

/**
 * Starts something that must be told its port: on the first wanted one that is free, else on any that is free.
 * Where the start fails and its port turns out to be taken meanwhile, the next port is tried; every other failure is
 * the caller's.
 */
export async function startOnPort<T>(wanted: readonly number[], start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 ? await firstFree(wanted) : await anyFree()
    try {
      return await start(port)
    } catch (error) {
      if (attempt === attempts || (await isFree(port))) throw error
    }
  }
}

/** Whether nobody listens on this port of the loopback interface. */
export async function isFree(port: number): Promise<boolean> {
  return (await probe(port)) !== null
}

/** A port of the loopback interface that nobody listens on at this moment. */
export async function anyFree(): Promise<number> {
  const port = await probe(0)
  if (port === null) throw new Error('no port is free on 127.0.0.1')
  return port
}

async function firstFree(wanted: readonly number[]): Promise<number> {
  for (const port of wanted) if (await isFree(port)) return port
  return anyFree()
}

async function probe(port: number): Promise<number | null> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1' })
    await once(server, 'listening')
  } catch {
    return null
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? null) : null
}
