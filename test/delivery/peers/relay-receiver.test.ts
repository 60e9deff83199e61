import t from 'tap'
import { relayReceiver } from '../../../src/delivery/peers/relay-receiver.ts'
import { notificationFor } from '../world.ts'

function start(deleted = async () => {}) {
  const heard: unknown[][] = []
  const receive = relayReceiver({
    mailboxes: {
      acknowledgeCursor: (...heardOf) => heard.push(heardOf),
      acknowledgeIds: (clientId, ids) => {
        heard.push([clientId, ...ids])
        return { acknowledged: heard.length, unknown: ['2'] }
      },
    },
    clientMoved: (...heardOf) => heard.push(heardOf),
    takePending: (row) => heard.push([row]) > 0,
    acknowledged: (named) => heard.push([named]),
    deleted,
  })
  return { receive, heard }
}

const moved = { kind: 'moved', clientId: 'alice', cursors: ['a.b.c'], recordedAt: 1_700_000_000_000.25 }

t.test('entries are received in order, and each has its result; a malformed entry has an empty result', async (t) => {
  const { receive, heard } = start()
  const notification = notificationFor('alice')
  const good = [
    moved,
    { kind: 'cursor', clientId: 'alice', cursor: 'a.b.c' },
    { kind: 'ids', clientId: 'alice', ids: ['1', '2'] },
    { kind: 'pending', key: 'k1', notification },
    { kind: 'acknowledged', clientId: 'alice', id: 'order-42' },
  ]
  const garbage = [
    null,
    7,
    'moved',
    [],
    {},
    { kind: 'unknown', clientId: 'alice' },
    { kind: 'moved', clientId: 5, cursors: [], recordedAt: 1 },
    { kind: 'moved', clientId: 'alice', cursors: [1], recordedAt: 1 },
    { kind: 'moved', clientId: 'alice', cursors: [] },
    { kind: 'moved', clientId: 'alice', cursors: [], recordedAt: '1' },
    { kind: 'cursor', clientId: 'alice' },
    { kind: 'ids', clientId: 'alice', ids: 'all' },
    { kind: 'pending', key: '1' },
    { kind: 'acknowledged', clientId: 'alice' },
    { kind: 'pending', key: '1', notification: { ...notification, body: 5 } },
  ]
  t.same(await receive([...garbage, ...good]), [
    ...garbage.map(() => ({})),
    { acknowledged: 0, unknown: [], live: false },
    { acknowledged: 2, unknown: [], live: false },
    { acknowledged: 3, unknown: ['2'], live: false },
    { acknowledged: 0, unknown: [], live: true },
    { acknowledged: 0, unknown: [], live: false },
  ])
  t.same(heard, [
    ['alice', moved.recordedAt, ['a.b.c']],
    ['alice', 'a.b.c'],
    ['alice', '1', '2'],
    [{ key: 'k1', notification, deliveryCount: 1 }],
    [{ addressee: 'alice', id: 'order-42' }],
  ])
})

t.test('the results wait until everything acknowledged is deleted', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { receive, heard } = start(() => promise)
  let answered = false
  const received = receive([moved]).then(() => {
    answered = true
  })
  await new Promise(setImmediate)
  t.equal(heard.length, 1)
  t.equal(answered, false)
  resolve()
  await received
})
