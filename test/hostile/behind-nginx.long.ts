import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Accepted } from '../support/answers.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { tasks } from '../support/tasks.ts'
import { startWorld } from '../support/world.ts'
import { assertRecovers, attackWith, pipelined, startAttacked } from './attacked-instance.ts'

/** An ordinary delivery takes milliseconds; the bound is for a busy machine. */
const maxBystanderMs = 10_000
const deliveries = 10

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await attackBehindNginx(t)

/** Attacks two instances behind nginx. */
async function attackBehindNginx(t: Test): Promise<void> {
  const world = await startWorld(t)
  const { publish } = tasks(world)
  const instances = [await startAttacked(t, world), await startAttacked(t, world)] as const
  // Idle connections to the instances are closed soon, so that they are back at their base line.
  const proxy = await startNginx(t, instances, [['keepalive_timeout 60s;', 'keepalive_timeout 1s;']])
  const { authorization } = world.bearer('attacker')
  const bearer = `Authorization: ${authorization}\r\n`
  const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: service\r\n${headers}\r\n`
  const post = (path: string, headers = '') =>
    `POST ${path} HTTP/1.1\r\nHost: service\r\n${headers}Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n`
  const half = '"'.padEnd(100_000, 'x')

  /** Bytes that many connections send; they never close their side, and read nothing unless they time out. */
  const attacks: Record<
    string,
    { readonly count: number; readonly sends: readonly string[]; readonly reads: boolean }
  > = {
    'connections that time out': {
      count: 80,
      sends: ['', 'GET /hea', 'GET /health HTTP/1.1\r\nHost: service\r\nX-Slow: ', '\r\n'],
      reads: true,
    },
    'bodies of which half is sent': {
      count: 60,
      sends: [
        post(`/callback/${randomUUID()}`) + half,
        post('/notifications/ack', bearer) + half,
        post('/tickets', bearer),
        post('/nothing') + half,
      ],
      reads: true,
    },
    'pipelined floods that are never read': {
      count: 10,
      sends: [
        ...['/openapi.yaml', '/client.js', '/docs/json', '/health', '/nothing'].map((path) => pipelined(get(path))),
        pipelined(get('/notifications?wait=0', bearer)),
      ],
      reads: false,
    },
  }

  for (const [name, { count, sends, reads }] of Object.entries(attacks)) {
    t.test(`${name}, behind nginx, delay no bystander, lose nothing and are ended`, async (t) => {
      const before = await Promise.all(instances.map((instance) => instance.footprint()))
      const attackers = (await Promise.all(sends.map((bytes) => attackWith(t, proxy, count, bytes, { reads })))).flat()

      const clientId = `bystander ${randomUUID()}`
      const got: string[] = []
      const sent: string[] = []
      let [cursor, slowestMs] = ['', 0]
      for (let n = 0; n < deliveries; n++) {
        const startedAt = performance.now()
        const [published] = await Promise.all([
          publish(proxy, { addressee: clientId, subject: 'during an attack', body: `body ${n}` }),
          world.next(proxy, clientId, `wait=20&ack=next&cursor=${cursor}`).then((answer) => {
            cursor = answer.cursor
            got.push(...answer.notifications.map(({ id }) => id))
          }),
        ])
        sent.push(published.json<Accepted>().id)
        slowestMs = Math.max(slowestMs, Math.round(performance.now() - startedAt))
      }
      t.same(new Set(got), new Set(sent), 'the bystander gets everything')
      t.ok(slowestMs < maxBystanderMs, `its slowest delivery took ${slowestMs} ms`)

      if (reads) await Promise.all(attackers.map(({ closed }) => closed))
      for (const [i, instance] of instances.entries()) {
        const earlier = before[i]
        if (earlier !== undefined) await assertRecovers(t, instance, earlier)
      }
    })
  }
}
