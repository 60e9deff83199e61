import t from 'tap'
import { answerOf, graceMs, startWorld } from './world.ts'

async function handedOver(ack: 'auto' | 'next' = 'auto') {
  const world = startWorld()
  const asked = await world.held({ ack })
  world.mailboxes.offer([world.lease('k1')])
  return { world, ...answerOf(asked) }
}

t.test(
  'with ack=auto a response counts as delivered when its grace has passed without a failure, and not before',
  async (t) => {
    const { world, handover } = await handedOver()
    world.clock.pass(10_000)
    t.strictSame(world.ended, [], 'an unwritten response never counts')
    handover.written()
    world.clock.pass(graceMs - 1)
    t.strictSame(world.ended, [])
    world.clock.pass(151)
    t.strictSame(world.ended, [['k1', 'acknowledged']])
    handover.failed()
    t.equal(world.ended.length, 1, 'a later failure changes nothing')
    world.isEmpty(t)
  },
)

t.test('a response that fails in its grace gives what it held to the next poll', async (t) => {
  const { world, handover } = await handedOver()
  handover.written()
  world.clock.pass(graceMs / 2)
  const next = await world.held()
  t.equal(next.end, null, 'nobody gets it meanwhile')
  handover.failed()
  t.strictSame(answerOf(next).ids, ['k1'])
  t.strictSame(world.ended, [])
  world.isEmpty(t)
})

t.test('a response that could not be written gives what it held to the next poll, in the old order', async (t) => {
  const { world, handover } = await handedOver()
  world.mailboxes.offer([world.lease('k2'), world.lease('k3')])
  handover.failed()
  handover.written()
  t.strictSame(answerOf(await world.held()).ids, ['k1', 'k2', 'k3'])
  t.strictSame(world.ended, [])
  world.isEmpty(t)
})

t.test('a pause over the end of the grace leaves time to notice that the connection has failed', async (t) => {
  const { world, handover } = await handedOver()
  handover.written()
  world.clock.pass(graceMs / 2)
  world.clock.jump(graceMs / 2 + 100)
  // Timers are called first; what sockets have to say comes behind them.
  world.clock.pass(0)
  t.strictSame(world.ended, [])
  handover.failed()
  t.strictSame(answerOf(await world.held()).ids, ['k1'])
  world.isEmpty(t)
})

t.test('with ack=next neither time nor a failed connection changes anything', async (t) => {
  const { world, handover } = await handedOver('next')
  handover.written()
  world.clock.pass(10_000)
  handover.failed()
  t.strictSame(world.ended, [])
  t.strictSame(answerOf(await world.held({ ack: 'next' })).ids, ['k1'], 'it is handed over again')
  world.isEmpty(t)
})

t.test('the watcher of a connection is called once, when the connection does not matter any more', async (t) => {
  const ways: Record<string, (to: Awaited<ReturnType<typeof handedOver>>) => unknown> = {
    'the grace is over': ({ world, handover }) => {
      handover.written()
      world.clock.pass(graceMs + 150)
    },
    'the connection has failed': ({ handover }) => handover.failed(),
    'the client has acknowledged': ({ world }) => world.mailboxes.acknowledgeIds('alice', new Set(['k1'])),
    'the lease has ended': ({ world }) => world.clock.pass(40_000),
  }
  for (const [when, happen] of Object.entries(ways)) {
    const all = await handedOver()
    let told = 0
    all.handover.watcher = { over: () => told++ }
    happen(all)
    t.equal(told, 1, when)
    all.handover.failed()
    t.equal(told, 1, `${when}: once`)
    all.world.isEmpty(t)
  }
})

t.test('the JSON of a response is its notifications as the contract writes them', async (t) => {
  const { handover } = await handedOver()
  t.strictSame(JSON.parse(`[${handover.json}]`), [
    {
      id: 'k1',
      addressee: 'alice',
      subject: 'greeting',
      body: 'hello',
      contentType: null,
      sentAt: '2026-01-01T00:00:00.000Z',
      deliveryCount: 1,
      correlationId: null,
    },
  ])
})
