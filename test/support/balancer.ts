import { connect, createServer } from 'node:net'
import type { Test } from 'tap'
import { listenHere } from './listen-here.ts'

/** Starts a load balancer: one address that leads to an instance, to none, and then to another one. */
export async function startBalancer(t: Pick<Test, 'teardown'>) {
  let target: number | null = null
  const server = createServer((client) => {
    client.on('error', () => {})
    if (target === null) return void client.resetAndDestroy()
    const instance = connect(target, '127.0.0.1')
    instance.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => instance.destroy())
    client.pipe(instance).pipe(client)
  })
  return {
    url: await listenHere(t, server),
    lead(url: string | null) {
      target = url === null ? null : Number(new URL(url).port)
    },
  }
}
