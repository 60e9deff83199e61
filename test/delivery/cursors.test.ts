import t from 'tap'
import { readCursor, writeCursor } from '../../src/delivery/cursor.ts'
import { answerOf, startWorld } from './world.ts'

t.test('a cursor says what was written into it', async (t) => {
  const cursor = { instanceId: '0c2f5d7e-0000-4000-8000-00000000000a', epoch: '1z141z3', number: 123_456_789 }
  for (const more of [{}, { event: 7 }, { marks: ['0c2f5d7e0000'] }, { marks: Array(100).fill('00000000000k') }]) {
    t.strictSame(readCursor(writeCursor({ ...cursor, ...more })), { ...cursor, ...more })
  }
})

t.test('a text that is no cursor is never an error', async (t) => {
  const texts = [
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.D',
    'a.b.c.',
    'a.b.c.d',
    'a.b.c.00000000000d_',
    'a.b.c.00000000000d0',
    'a.b.c-1.00000000000d',
    `a.b.c.${Array(101).fill('00000000000d').join('_')}`,
    'A.b.c',
    'a.b.C',
    'a.b.zzzzzzzzzzzz',
    ' a.b.c',
    'a.b.c\n',
    'x.b.c',
    'a..c',
  ]
  for (const text of texts) t.equal(readCursor(text), null, JSON.stringify(text))
  t.equal(readCursor('a.b.zzzzzzzzzzz'), null, 'a number that is not safe')
  const { mailboxes } = startWorld()
  for (const text of texts) t.equal(mailboxes.acknowledgeCursor('alice', text), 0)
})

t.test('a cursor acknowledges exactly what its own response held', async (t) => {
  const world = startWorld()
  const first = await world.held({ ack: 'next', limit: 1 })
  world.mailboxes.offer([world.lease('k1'), world.lease('k2')])
  const one = answerOf(first)
  t.strictSame([one.ids, one.more], [['k1'], true])
  const both = answerOf(await world.held({ ack: 'next' }))
  t.strictSame([both.ids, both.more], [['k1', 'k2'], false])
  t.equal(world.mailboxes.acknowledgeCursor('alice', one.handover.cursor), 1)
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  t.equal(world.mailboxes.acknowledgeCursor('alice', one.handover.cursor), 0, 'once')
  t.equal(world.mailboxes.acknowledgeCursor('alice', both.handover.cursor), 1, 'the rest of that response')
  world.isEmpty(t)
})

t.test('the next poll acknowledges with the cursor it echoes, and gets only what is new', async (t) => {
  const world = startWorld()
  const first = await world.held({ ack: 'next' })
  world.mailboxes.offer([world.lease('k1')])
  const { cursor } = answerOf(first).handover
  const second = await world.held({ ack: 'next', cursor })
  t.equal(second.end, null)
  t.strictSame(world.ended, [['k1', 'acknowledged']])
  world.mailboxes.offer([world.lease('k2')])
  t.strictSame(answerOf(second).ids, ['k2'])
  world.isEmpty(t)
})

t.test('a client that does not send the cursor is handed the same again at every poll', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1')])
  for (let i = 0; i < 100; i++) t.strictSame(answerOf(await world.held({ ack: 'next' })).ids, ['k1'])
  const last = answerOf(await world.held({ ack: 'next' }))
  t.equal(world.mailboxes.acknowledgeCursor('alice', last.handover.cursor), 1, 'the newest cursors are known')
  world.isEmpty(t)
})

t.test('the cursor of another client acknowledges nothing', async (t) => {
  const world = startWorld()
  const asked = await world.held({ ack: 'next' })
  const other = await world.held({ clientId: 'bob', ack: 'next' })
  world.mailboxes.offer([world.lease('k1'), world.lease('k2', { addressee: 'bob' })])
  t.equal(world.mailboxes.acknowledgeCursor('bob', answerOf(asked).handover.cursor), 0)
  t.equal(world.mailboxes.acknowledgeCursor('bob', answerOf(other).handover.cursor), 1)
  world.isEmpty(t)
})

t.test(
  'a cursor of an earlier process acknowledges nothing; the cursor of another instance is passed there',
  async (t) => {
    const world = startWorld()
    const asked = await world.held({ ack: 'next' })
    world.mailboxes.offer([world.lease('k1')])
    const { number } = answerOf(asked).handover
    const earlier = writeCursor({ instanceId: 'a1', epoch: 'e0', number })
    const foreign = writeCursor({ instanceId: 'b2', epoch: 'e9', number })
    await world.held({ ack: 'next', cursor: earlier })
    await world.held({ ack: 'next', cursor: foreign })
    await world.held({ ack: 'next', cursor: 'nonsense' })
    t.strictSame(world.ended, [])
    t.strictSame(world.foreign, [foreign])
    world.isEmpty(t)
  },
)

t.test('the cursors of an instance stay its own when it goes on under a new id', async (t) => {
  const world = startWorld()
  const asked = await world.held({ ack: 'next' })
  world.mailboxes.offer([world.lease('k1')])
  const { cursor } = answerOf(asked).handover
  world.identity.id = 'c3'
  t.equal(world.mailboxes.acknowledgeCursor('alice', cursor), 1)
  world.isEmpty(t)
})

t.test('ids acknowledge notifications that were handed over; other ids are unknown', async (t) => {
  const world = startWorld()
  const asked = await world.held({ ack: 'next', limit: 1 })
  world.mailboxes.offer([world.lease('k1', { id: 'n1' }), world.lease('k2', { id: 'n2' })])
  t.strictSame(answerOf(asked).ids, ['n1'])
  const result = world.mailboxes.acknowledgeIds('alice', new Set(['n1', 'n2', 'n3']))
  t.strictSame(result, { acknowledged: 1, unknown: ['n2', 'n3'] })
  const nobody = world.mailboxes.acknowledgeIds('nobody', new Set(['n1']))
  t.strictSame(nobody, { acknowledged: 0, unknown: ['n1'] })
  world.isEmpty(t)
})
