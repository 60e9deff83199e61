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

t.test("leases past a client's share of memory are not taken", async (t) => {
  const world = startWorld({ maxLeasedBytes: 12_000 })
  const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6']
  const taken = world.mailboxes.offer(keys.map((key) => world.lease(key)))
  t.strictSame(
    taken.map(({ key }) => key),
    ['k1', 'k2', 'k3', 'k4'],
  )
  t.ok(world.mailboxes.leasedMemory.bytes <= 3_000)
  const { size = 0 } = taken[0] ?? {}
  t.equal(world.mailboxes.takenShare('alice'), (4 * size) / 3_000)
  t.equal(world.mailboxes.takenShare('bob'), 0)
  t.equal(world.mailboxes.offer([world.lease('k7', { addressee: 'bob' })]).length, 1, 'others still get theirs')
  const huge = world.lease('k8', { addressee: 'carol', body: 'x'.repeat(10_000) })
  t.equal(world.mailboxes.offer([huge]).length, 1, 'one is always allowed')
  world.isEmpty(t)
})

t.test('a caller that waits for room is called once, as soon as there is some', async (t) => {
  const world = startWorld({ maxLeasedBytes: 2_000 })
  const { leasedMemory } = world.mailboxes
  let calls = 0
  world.mailboxes.offer(['alice', 'bob', 'carol'].map((addressee) => world.lease(`for ${addressee}`, { addressee })))
  t.ok(leasedMemory.full)
  leasedMemory.onFree(() => calls++)
  leasedMemory.onFree(() => calls++)
  await world.held()
  t.equal(calls, 0)
  world.mailboxes.acknowledgeIds('alice', new Set(['for alice']))
  t.equal(calls, 2, 'all who wait')
  t.notOk(leasedMemory.full)
  world.isEmpty(t)
  t.equal(calls, 2)
})

t.test('leases of a client past its share are still renewed', async (t) => {
  const world = startWorld({ maxLeasedBytes: 12_000 })
  world.mailboxes.offer(['k1', 'k2', 'k3', 'k4'].map((key) => world.lease(key)))
  const again = world.lease('k1')
  again.receipt = 'newer'
  const [held] = world.mailboxes.offer([again])
  t.equal(held?.receipt, 'newer')
})

t.test('an answer does not say that there is more when what waits cannot be handed over', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1')])
  world.clock.pass(29_000)
  world.mailboxes.offer([world.lease('k2')])
  const { ids, more } = answerOf(await world.held())
  t.strictSame([ids, more], [['k2'], false])
})
