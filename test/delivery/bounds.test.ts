import t from 'tap'
import { answerOf, startWorld } from './world.ts'

t.test(
  'a client past its bound of polls is refused; held polls are never given up, and other clients are served',
  async (t) => {
    const world = startWorld({ maxPollsPerClient: 2 })
    const held = [await world.held(), await world.held()]
    t.match((await world.held()).end, { kind: 'refused', refusal: { status: 429, retryAfterSeconds: 5 } })
    t.ok(held.every(({ end }) => end === null))
    t.equal((await world.held({ clientId: 'bob' })).end, null)
    held[0]?.poll?.hangUp()
    t.equal((await world.held()).end, null, 'there is room again')
    world.isEmpty(t)
  },
)

t.test('an instance past its bound of polls refuses everybody', async (t) => {
  const world = startWorld({ maxHeldPolls: 2 })
  await world.held()
  const other = await world.held({ clientId: 'bob' })
  const { end } = await world.held({ clientId: 'carol' })
  t.match(end, { kind: 'refused', refusal: { code: 'ERROR_TOO_MANY_REQUESTS' } })
  other.poll?.hangUp()
  t.equal((await world.held({ clientId: 'carol' })).end, null)
  world.isEmpty(t)
})

t.test('an answer holds no more than its limit and says that there is more', async (t) => {
  const world = startWorld()
  world.mailboxes.offer(['k1', 'k2', 'k3'].map((key) => world.lease(key)))
  const first = answerOf(await world.held({ limit: 2 }))
  t.strictSame([first.ids, first.more], [['k1', 'k2'], true])
  const second = answerOf(await world.held({ limit: 2 }))
  t.strictSame([second.ids, second.more], [['k3'], false])
  world.isEmpty(t)
})

t.test('an answer stays below a megabyte, but one notification is always in it', async (t) => {
  const world = startWorld()
  const body = 'x'.repeat(262_144)
  world.mailboxes.offer(['k1', 'k2', 'k3', 'k4', 'k5'].map((key) => world.lease(key, { body })))
  const first = answerOf(await world.held())
  t.strictSame([first.ids, first.more], [['k1', 'k2', 'k3'], true])
  t.ok(first.handover.json.length <= 1_048_576)
  t.strictSame(answerOf(await world.held()).ids, ['k4', 'k5'])
  world.mailboxes.offer([world.lease('k6', { body: 'x'.repeat(2_000_000) })])
  t.strictSame(answerOf(await world.held()).ids, ['k6'])
  world.isEmpty(t)
})

t.test('an answer does not say that there is more when what waits cannot be handed over', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1')])
  world.clock.pass(29_000)
  world.mailboxes.offer([world.lease('k2')])
  const { ids, more } = answerOf(await world.held())
  t.strictSame([ids, more], [['k2'], false])
})
