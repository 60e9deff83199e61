import { randomUUID } from 'node:crypto'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { assertRecovers, attack, attackWith, startAttacked } from './attacked-instance.ts'

const post = (path: string, length: number, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: service\r\n${headers}Content-Length: ${length}\r\n\r\n`

t.test('the edge, which is the same in every mode', async (t) => {
  const world = await startClientQueueWorld(t)
  const instance = await startAttacked(t, world)
  const { authorization } = world.bearer('bodies')
  const json = `Authorization: ${authorization}\r\nContent-Type: application/json\r\n`
  const half = Buffer.concat([Buffer.from(post('/notifications/ack', 250_000, json)), Buffer.alloc(249_000, ' ')])

  t.test('a callback id that cannot exist is 404 before its body comes', async (t) => {
    for (const id of ['x', 'x'.repeat(36), `${randomUUID()}0`, randomUUID().toUpperCase(), '%00']) {
      const caller = await attack(t, instance, post(`/callback/${id}`, 200_000))
      await until(() => caller.received().includes('ERROR_NOT_FOUND'))
      t.match(caller.received(), /^HTTP\/1\.1 404 /, id)
    }
  })

  t.test('a caller that hangs up in its body is no fault of the service', async (t) => {
    const before = await instance.footprint()
    const callers = await attackWith(t, instance, 20, half)
    for (const { socket } of callers.slice(0, 10)) socket.end()
    for (const { socket } of callers.slice(10)) socket.resetAndDestroy()
    await until(() => callers.every(({ isClosed }) => isClosed()))
    await assertRecovers(t, instance, before, { spare: 15 })
    t.same(instance.warnings, [])
  })

  t.test('bodies that do not end share a bound, and an honest body comes through', async (t) => {
    const before = await instance.footprint()
    const attackers = await attackWith(t, instance, 400, half)
    await until(() => attackers.some((attacker) => attacker.received().includes('ERROR_OVERLOADED')))
    t.match(
      attackers.find(({ received }) => received() !== '')?.received(),
      /^HTTP\/1\.1 503 [\s\S]*retry-after: [1-5]\r\n/,
    )
    const { heap } = await instance.footprint()
    t.ok(heap < before.heap + 80, `the heap has ${heap} MiB, and had ${before.heap}`)
    const { status } = await world.acknowledge(instance, 'honest', { ids: ['none'] })
    t.equal(status, 200)
    for (const { socket } of attackers) socket.destroy()
    await assertRecovers(t, instance, before, { spare: 15 })
  })

  t.test('bodies that come too late leave nothing behind', async (t) => {
    const before = await instance.footprint()
    const attackers = await attackWith(t, instance, 20, half)
    await Promise.all(attackers.map(({ closed }) => closed))
    for (const { received } of attackers) t.match(received(), /^HTTP\/1\.1 408 /)
    await assertRecovers(t, instance, before, { spare: 15 })
  })
})
