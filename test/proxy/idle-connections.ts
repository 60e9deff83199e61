import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { startDelayProxy } from '../support/delay-proxy.ts'
import { haproxyIsMissing, startHaproxy } from '../support/haproxy.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { startWorld } from '../support/world.ts'

/** The tests run at once, since most of the time is waiting. */
const atOnce = (reason: string | false) => ({ buffered: true, skip: reason })

/** The order of the documented 60 s and 75 s. */
const [balancerSeconds, serviceSeconds] = [1, 2]
/** Node closes an idle connection a second later than it tells its peer. */
const nodeBufferSeconds = 1
/** The moments after which one of the two may close an idle connection. */
const closingSeconds = [balancerSeconds, serviceSeconds, serviceSeconds + nodeBufferSeconds]
/** Between a balancer and an instance, each way. */
const maxDelayMs = 20

/**
 * Lets connections idle until so long before and after each moment at which they may be closed, and sends requests. There
 * are `lanes` requests at once, and as many connections.
 */
export async function meetsNoClosing(t: Test, apartMs: readonly number[], lanes: number): Promise<void> {
  t.jobs = 2
  const world = await startWorld(t)
  const idleMs = closingSeconds.flatMap((seconds) => apartMs.map((ms) => 1_000 * seconds + ms))
  const settings = { KEEP_ALIVE_SECONDS: String(serviceSeconds) }
  const instances = await Promise.all([peerSomeWayOff(), peerSomeWayOff()])

  /** An instance to which bytes take some milliseconds, so that its word of a closed connection crosses a request. */
  async function peerSomeWayOff() {
    const { url } = await world.peer(t, settings)
    const port = await startDelayProxy(t, { targetPort: Number(new URL(url).port), maxMs: maxDelayMs })
    return { url: `http://127.0.0.1:${port}` }
  }

  /** Sends requests at once, lets their connections idle, and sends again. Returns how often each status came. */
  async function statusesAtBoundaries(
    url: string,
    { repeated }: { readonly repeated: 'GET' | 'nothing' },
  ): Promise<Readonly<Record<string, number>>> {
    const bearer = world.bearer('idle')
    const json = { 'content-type': 'application/json' }
    const acknowledge = { method: 'POST', headers: { ...bearer, ...json }, body: '{"ids":["unknown"]}' }
    const counts: Record<string, number> = {}
    const ask = async (path: string, init: RequestInit) => {
      const response = await fetch(url + path, init).catch((error: unknown) => {
        if (repeated === 'nothing' || init.method !== undefined) throw error
        return fetch(url + path, init)
      })
      await response.arrayBuffer()
      counts[response.status] = (counts[response.status] ?? 0) + 1
    }
    for (const ms of idleMs) {
      for (const [path, init] of [['/notifications/ack', acknowledge] as const, ['/health', {}] as const]) {
        await Promise.all(Array.from({ length: lanes }, () => ask(path, init)))
        await pause(ms)
        await Promise.all(Array.from({ length: lanes }, () => ask(path, init)))
      }
    }
    return counts
  }

  const all = { 200: 4 * lanes * idleMs.length }

  t.test('no request meets a connection that is being closed, behind nginx', atOnce(nginxIsMissing), async (t) => {
    const proxy = await startNginx(t, instances, [
      ['keepalive_timeout 60s;', `keepalive_timeout ${balancerSeconds}s;`],
      ['worker_processes auto;', 'worker_processes 1;'],
    ])
    t.same(await statusesAtBoundaries(proxy.url, { repeated: 'nothing' }), all)
  })

  t.test('no request meets a connection that is being closed, behind HAProxy', atOnce(haproxyIsMissing), async (t) => {
    const proxy = await startHaproxy(t, instances)
    // Its connections outlive those of these instances. When an instance resets one as a GET is sent, HAProxy closes the
    // client's connection without a response, and relies on the client to repeat what may be repeated (RFC 9110, 9.2.2).
    t.same(await statusesAtBoundaries(proxy.url, { repeated: 'GET' }), all)
  })
}
