import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { assertRecovers, attackWith, startAttacked } from './attacked-instance.ts'

t.test('floods of bodies', async (t) => {
  const world = await startClientQueueWorld(t)
  const instance = await startAttacked(t, world)
  const { authorization } = world.bearer('bodies')
  const json = `Authorization: ${authorization}\r\nContent-Type: application/json\r\n`

  t.test('a body in many small pieces takes no more memory than one in a piece', async (t) => {
    const before = await instance.footprint()
    const head = `POST /notifications/ack HTTP/1.1\r\nHost: service\r\n${json}Transfer-Encoding: chunked\r\n\r\n`
    const attackers = await attackWith(t, instance, 20, head + '1\r\n \r\n'.repeat(60_000))
    await until(() => attackers.every(({ socket }) => socket.writableLength === 0))
    const { heap } = await instance.footprint()
    t.ok(heap < before.heap + 40, `the heap has ${heap} MiB, and had ${before.heap}`)
    for (const { socket } of attackers) socket.destroy()
    await assertRecovers(t, instance, before, { spare: 15 })
  })
})
