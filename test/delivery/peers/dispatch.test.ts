import t from 'tap'
import { PendingLeases } from '../../../src/delivery/intake/pending.ts'
import type { Peer } from '../../../src/delivery/peers/directory.ts'
import { PeerDispatcher } from '../../../src/delivery/peers/dispatch.ts'
import { emptyResult, type RelayEntry } from '../../../src/delivery/peers/relay.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import { answerOf, leaseMs, notificationFor, settled, startWorld } from '../world.ts'

const row: PendingRow = { key: 'r1', notification: notificationFor('alice', { id: 'r1' }), deliveryCount: 1 }
const peer: Peer = { id: 'b1', address: 'http://b', relayKey: 'key', queueUrl: '' }

/** One instance, and a row that is stored until the test says otherwise. */
function start() {
  const world = startWorld()
  const { mailboxes, clock } = world
  const stored = new Set([row.key])
  const store = {
    readPage: async () => ({ rows: [], more: false }),
    async remove(key: string) {
      stored.delete(key)
    },
    end: async () => {},
    noteHandedOver: async () => {},
    isStored: async (key: string) => stored.has(key),
  }
  const pending = new PendingLeases(clock, store, leaseMs)
  t.teardown(() => pending.close())
  const told: RelayEntry[] = []
  const directory = {
    peer: null as Peer | null,
    fails: false,
    answer: Promise.resolve({ ...emptyResult, live: true }),
  }
  const dispatcher = new PeerDispatcher({
    mailboxes,
    pending,
    clock,
    directory: {
      async find() {
        if (directory.fails) throw new Error('no database')
        return directory.peer
      },
    },
    relay: {
      tell(_, entry) {
        told.push(entry)
        return directory.answer
      },
    },
  })
  return { world, dispatcher, stored, told, directory }
}

t.test('a notification that is stored for a client of this instance is handed to it at once', async (t) => {
  const { world, dispatcher, told } = start()
  const asked = await world.held()
  t.equal(await dispatcher.dispatch(row), 'live')
  t.strictSame(answerOf(asked).ids, ['r1'])
  t.strictSame(told, [])
})

t.test(
  'a client that got a notification elsewhere while its session was being recorded here does not get it again',
  async (t) => {
    for (const word of ['dispatch', 'receiveRelayed'] as const) {
      const { world, dispatcher, stored } = start()
      world.sessions.slow = true
      const asked = world.hold()
      t.ok(await dispatcher[word](row), 'it is live')
      // Its former instance is told, acknowledges by its cursor, and deletes; only then the session is ours.
      stored.delete(row.key)
      world.announcements[0]?.resolve()
      await settled()
      t.equal(asked.end, null)
      const other = { ...row, key: 'r2', notification: notificationFor('alice', { id: 'r2' }) }
      stored.add('r2')
      t.ok(dispatcher.receiveRelayed(other))
      await settled()
      t.strictSame(answerOf(asked).ids, ['r2'])
    }
  },
)

t.test(
  'the instance of a client that is elsewhere is told; when that takes too long the notification is pending',
  async (t) => {
    const { world, dispatcher, told, directory } = start()
    t.equal(await dispatcher.dispatch(row), 'pending', 'nobody has it')
    directory.peer = { ...peer, id: world.mailboxes.instanceId }
    t.equal(await dispatcher.dispatch(row), 'pending', 'its session says here, and we know better')
    t.strictSame(told, [])
    directory.peer = peer
    t.equal(await dispatcher.dispatch(row), 'live')
    t.strictSame(told, [{ kind: 'pending', key: 'r1', notification: row.notification }])
    directory.answer = Promise.resolve(emptyResult)
    t.equal(await dispatcher.dispatch(row), 'pending', 'it has left there')
    directory.answer = Promise.reject(new Error('connection refused'))
    t.equal(await dispatcher.dispatch(row), 'pending')
    directory.answer = new Promise(() => {})
    const late = dispatcher.dispatch(row)
    await settled()
    world.clock.pass(3_000)
    t.equal(await late, 'pending')
    directory.fails = true
    t.equal(await dispatcher.dispatch(row), 'pending')
    t.equal(await dispatcher.reachOf('alice'), 'pending')
    await settled()
    t.equal(world.clock.pending, 0, 'no timer is left')
  },
)
