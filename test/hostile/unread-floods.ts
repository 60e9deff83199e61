import type { Test } from 'tap'
import type { World } from '../support/service-world.ts'
import { assertRecovers, attackWith, pipelined, startAttacked } from './attacked-instance.ts'

/** With five connections each, an attack has 20. */
const kindsAtOnce = 4
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: service\r\n${headers}\r\n`
const post = (path: string, body: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: service\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Each kind of request that is answered otherwise, by the `Authorization` of a client. */
export function kindsOfRequests(authorization: string): readonly string[] {
  const bearer = `Authorization: ${authorization}\r\n`
  return [
    ...['/docs/json', '/docs/static/swagger-ui-bundle.js', '/client.js', '/openapi.yaml', '/metrics'].map((path) =>
      get(path),
    ),
    ...['/health', '/health/ready', '/nothing', '/callback/x', '/notifications'].map((path) => get(path)),
    get('/notifications?wait=0', bearer),
    get('/notifications?wait=0', `${bearer}Accept: text/event-stream\r\n`),
    get('/notifications?wait=0', bearer).replace('GET', 'PATCH'),
    post('/notifications/ack', '{"ids":["x"]}', bearer),
    post('/notifications/ack', '{}', bearer),
    post('/tickets', '', bearer),
    post('/registrations', '{"subject":"x"}', bearer),
    post('/callback/x', '{"pages":12}'),
    post('/nothing', '{}'),
    'HEAD /docs/json HTTP/1.1\r\nHost: service\r\n\r\n',
    'OPTIONS /notifications HTTP/1.1\r\nHost: service\r\nOrigin: http://a\r\nAccess-Control-Request-Method: GET\r\n\r\n',
  ]
}

/** Floods an instance with requests of these kinds, some kinds at a time, and reads nothing. */
export async function floodUnread(t: Test, world: World, kinds: readonly string[]): Promise<void> {
  // Some kinds are answered within what the kernel takes: those connections are idle, and closed as such.
  const instance = await startAttacked(t, world, { KEEP_ALIVE_SECONDS: '1' })
  const before = await instance.footprint()
  for (let first = 0; first < kinds.length; first += kindsAtOnce) {
    const some = kinds.slice(first, first + kindsAtOnce)
    await t.test(`do not fill the memory, and leave a bystander alone: kinds from ${first + 1} on`, async (t) => {
      const attackedAt = performance.now()
      await Promise.all(some.map((kind) => attackWith(t, instance, 5, pipelined(kind), { reads: false })))
      const asked = performance.now()
      t.equal((await world.ask(instance, '/health')).status, 200)
      const bystanderMs = Math.round(performance.now() - asked)
      t.ok(bystanderMs < 10_000, `a bystander is answered after ${bystanderMs} ms`)
      const { heap } = await instance.footprint()
      t.ok(heap < before.heap + 100, `the heap has ${heap} MiB, and had ${before.heap}`)
      await assertRecovers(t, instance, before)
      const ms = Math.round(performance.now() - attackedAt)
      t.ok(ms < 40_000, `all of them were disconnected after ${ms} ms`)
    })
  }
}
