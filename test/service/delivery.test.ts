import t from 'tap'
import { type Answer, startWorld } from '../support/world.ts'

t.test('a held poll is answered by an SQS message', async (t) => {
  const world = await startWorld(t)
  const service = await world.service()
  const held = world.poll(service, 'alice')
  const id = await world.publish(service, 'alice', '{"order":42}', { 'content-type': 'application/json' })
  const response = await held
  t.equal(response.status, 200)
  t.equal(response.headers.get('preference-applied'), 'wait=20')
  t.match(((await response.json()) as Answer).notifications, [
    { id, addressee: 'alice', subject: 'greeting', body: '{"order":42}', deliveryCount: 1 },
  ])
})
