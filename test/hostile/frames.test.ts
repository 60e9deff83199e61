import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'

const world = withInstancesHere(await startClientQueueWorld(t))
const service = await world.service(t)

t.test('a WebSocket that sends frames without end is closed with 1008', async (t) => {
  for (const flood of ['text', 'ping', 'pong'] as const) {
    const frames = await world.frames(t, service, `floods with ${flood}`)
    for (let i = 0; i < 1_500; i++) {
      if (flood === 'text') frames.socket.send('{}')
      else frames.socket[flood]()
    }
    t.equal(await frames.closed, 1008, flood)
    await world.holds(service, 0)
  }
})

t.test('a WebSocket whose client acknowledges every notification is not', async (t) => {
  const frames = await world.frames(t, service, 'honest', 'ack=next')
  for (let i = 0; i < 5; i++) {
    await world.publish(service, 'honest', `no ${i} of the honest one`)
    frames.send({ type: 'ack', cursor: (await frames.notification()).cursor })
  }
  // As after a while in which the client was busy.
  for (let i = 0; i < 900; i++) frames.send({ type: 'pong' })
  const answered = new Promise((resolve) => frames.socket.once('pong', resolve))
  frames.socket.ping()
  await answered
  t.equal(frames.socket.readyState, frames.socket.OPEN)
})
