import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Starts a load balancer: one address that leads to an instance, to none, and then to another one. */
export async function startBalancer(t: Pick<Test, 'teardown'>) {
  let target: number | null = null
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {}).on('close', () => sockets.delete(client))
    if (target === null) return void client.resetAndDestroy()
    const instance = connect(target, '127.0.0.1')
    instance.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => instance.destroy())
    client.pipe(instance).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lead(url: string | null) {
      target = url === null ? null : Number(new URL(url).port)
    },
  }
}
