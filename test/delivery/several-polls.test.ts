import t from 'tap'
import { answerOf, graceMs, settled, startWorld } from './world.ts'

t.test('every poll of a client that is held gets the notification', async (t) => {
  const world = startWorld()
  const tabs = [await world.held(), await world.held({ ack: 'next' }), await world.held()]
  const other = await world.held({ clientId: 'bob' })
  world.mailboxes.offer([world.lease('k1')])
  for (const tab of tabs) t.strictSame(answerOf(tab).ids, ['k1'])
  t.equal(other.end, null, 'nobody else does')
  world.isEmpty(t)
})

t.test('the first acknowledgement settles the notification for all polls', async (t) => {
  const world = startWorld()
  const tabs = [await world.held(), await world.held({ ack: 'next' })]
  world.mailboxes.offer([world.lease('k1')])
  const [auto, next] = tabs.map(answerOf)
  auto?.handover.written()
  t.equal(world.mailboxes.acknowledgeCursor('alice', next?.handover.cursor ?? ''), 1)
  world.clock.pass(2 * graceMs)
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  world.isEmpty(t)
})

t.test('a response that fails takes nothing back that another response still carries', async (t) => {
  const world = startWorld()
  const tabs = [await world.held(), await world.held()]
  world.mailboxes.offer([world.lease('k1')])
  const [one, other] = tabs.map(answerOf)
  one?.handover.written()
  other?.handover.written()
  one?.handover.failed()
  const next = await world.held()
  t.equal(next.end, null)
  other?.handover.failed()
  t.strictSame(answerOf(next).ids, ['k1'], 'when both have failed it waits again')
  world.isEmpty(t)
})

t.test('each poll gets as much as it asked for', async (t) => {
  const world = startWorld()
  const [one, all] = [await world.held({ limit: 1 }), await world.held()]
  world.mailboxes.offer([world.lease('k1'), world.lease('k2')])
  t.strictSame(answerOf(one).ids, ['k1'])
  t.strictSame(answerOf(all).ids, ['k1', 'k2'])
  world.isEmpty(t)
})

t.test('a response that fails while it is written goes to the polls that are still held', async (t) => {
  const world = startWorld()
  const failing = world.hold()
  await settled()
  const { request } = failing.poll ?? {}
  if (!request) throw new Error('it was not held')
  const end = request.end.bind(request)
  Object.assign(request, {
    end(how: Parameters<typeof end>[0]) {
      end(how)
      if (how.kind === 'answered') how.handover.failed()
    },
  })
  const other = await world.held()
  world.mailboxes.offer([world.lease('k1')])
  t.strictSame(answerOf(other).ids, ['k1'])
  answerOf(other).handover.written()
  world.clock.pass(graceMs + 150)
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  world.isEmpty(t)
})
