import t from 'tap'
import type { Recorded } from '../../../src/adapters/postgres/announcement.ts'
import { PendingLeases } from '../../../src/delivery/intake/pending.ts'
import { emptyResult, type RelayEntry, type RelayResult } from '../../../src/delivery/peers/relay.ts'
import { Arrivals } from '../../../src/modes/instance-queue/arrivals.ts'
import { Predecessor } from '../../../src/modes/instance-queue/predecessor.ts'
import type { SessionRecords } from '../../../src/modes/instance-queue/session-records.ts'
import { leaseMs, notificationFor, settled } from '../../delivery/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const previous = { id: 'b', address: 'http://b', queueUrl: 'queue of b', relayKey: 'key of b', live: true }

/** Recording is done, and the steps after it are kept by the test. */
function start(recorded: Partial<Recorded> = {}) {
  const clock = new FakeClock()
  const steps: string[] = []
  const entries: RelayEntry[] = []
  const told = Promise.withResolvers<RelayResult>()
  const store = {
    async readPage(clientId: string) {
      steps.push('read')
      return { rows: [{ key: 'k1', notification: notificationFor(clientId), deliveryCount: 1 }], more: false }
    },
    remove: async () => {},
    end: async () => {},
    noteHandedOver: async () => {},
    isStored: async () => true,
  }
  const records = {
    async record() {
      steps.push('recorded')
      return { previous, recordedAt: 17, ...recorded }
    },
    async forget(clientId: string) {
      steps.push(`forget ${clientId}`)
    },
  } as unknown as SessionRecords
  const relay = {
    tell(_: unknown, entry: RelayEntry) {
      steps.push('told')
      entries.push(entry)
      return told.promise
    },
  }
  const predecessor = new Predecessor({
    clock,
    async post(address, _, texts) {
      entries.push(...texts.map((text) => JSON.parse(text)))
      steps.push(texts.length === 0 ? `greeted ${address}` : `told ${address}`)
      return [await told.promise]
    },
  })
  const pending = new PendingLeases(clock, store, leaseMs)
  const arrivals = new Arrivals({ records, relay, predecessor, pending, clock })
  return { arrivals, predecessor, clock, steps, entries, told }
}

t.test('a client is recorded, then the instance it left is told, then what is stored is read', async (t) => {
  const { arrivals, clock, steps, entries, told } = start()
  const arrival = arrivals.announce('alice', () => ['a.b.c'])
  await settled()
  t.same(steps, ['recorded', 'told'])
  t.same(entries, [{ kind: 'moved', clientId: 'alice', cursors: ['a.b.c'], recordedAt: 17 }])
  told.resolve(emptyResult)
  t.same(
    (await arrival).map(({ key }) => key),
    ['k1'],
  )
  t.same(steps, ['recorded', 'told', 'read'])
  t.equal(clock.pending, 0)
})

t.test('a client that comes from nowhere, or from a dead instance, has nobody told', async (t) => {
  for (const recorded of [{ previous: null }, { previous: { ...previous, live: false } }]) {
    const { arrivals, steps } = start(recorded)
    t.equal((await arrivals.announce('alice', () => [])).length, 1)
    t.same(steps, ['recorded', 'read'])
  }
})

t.test('an instance that does not answer keeps a client waiting for a second', async (t) => {
  const { arrivals, clock, steps } = start()
  const arrival = arrivals.announce('alice', () => [])
  await settled()
  clock.pass(999)
  await settled()
  t.same(steps, ['recorded', 'told'])
  clock.pass(1)
  t.equal((await arrival).length, 1)
})

t.test('a client has arrived although the instance it left was not reached', async (t) => {
  const { arrivals, told } = start()
  told.reject(new Error('connection refused'))
  t.equal((await arrivals.announce('alice', () => [])).length, 1)
})

t.test('a client that is recorded anew has nothing read', async (t) => {
  const { arrivals, steps, entries, told } = start()
  told.resolve(emptyResult)
  await arrivals.record('alice')
  t.same(steps, ['recorded', 'told'])
  t.match(entries, [{ cursors: [] }])
  await arrivals.forget('alice')
  t.same(steps.at(-1), 'forget alice')
})

t.test('the process before under a fixed id is told of a client that comes from nowhere, for a while', async (t) => {
  const { arrivals, predecessor, clock, steps, entries, told } = start({ previous: null })
  told.resolve(emptyResult)
  predecessor.found({ id: 'a', address: 'http://before', queueUrl: 'queue of a', relayKey: 'key before' })
  const arrival = arrivals.announce('alice', () => ['a.b.c'])
  await settled()
  // The batch of the relay.
  clock.pass(5)
  await settled()
  await arrival
  t.same(steps, ['greeted http://before', 'recorded', 'told http://before', 'read'])
  t.same(entries, [{ kind: 'moved', clientId: 'alice', cursors: ['a.b.c'], recordedAt: 17 }])
  t.equal(predecessor.mayHoldClients, true)
  clock.pass(40_000)
  t.equal(predecessor.mayHoldClients, false)
  await arrivals.announce('alice', () => [])
  t.same(steps.slice(4), ['recorded', 'read'])
})

t.test('the process before is told nothing any more once it is gone', async (t) => {
  const { arrivals, predecessor, clock, steps, told } = start({ previous: null })
  told.reject(new Error('connection refused'))
  predecessor.found({ id: 'a', address: 'http://before', queueUrl: 'queue of a', relayKey: 'key before' })
  for (let i = 0; i < 2; i++) {
    const arrival = arrivals.announce('alice', () => [])
    await settled()
    clock.pass(5)
    await settled()
    t.equal((await arrival).length, 1)
  }
  t.same(steps, ['greeted http://before', 'recorded', 'told http://before', 'read', 'recorded', 'read'])
  t.equal(predecessor.mayHoldClients, true, 'its clients may be on their way')
})
