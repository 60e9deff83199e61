import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { type ReceiptKeeping, receiptCounters } from '../../../src/adapters/sqs/receipt-keeping.ts'
import { ReceiptRoom } from '../../../src/adapters/sqs/receipt-room.ts'
import { UnkeptReceipts } from '../../../src/adapters/sqs/unkept-receipts.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { notificationFor } from '../../delivery/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

function start({ maxReceipts = 5_000 } = {}) {
  const clock = new FakeClock()
  const counters = { receipts: receiptCounters() }
  const warnings: string[] = []
  const log = { warn: (_: object, sentence: string) => void warnings.push(sentence) }
  let isAway = false
  const kept: string[] = []
  const room = new ReceiptRoom({ log, maxReceipts })
  const keeping: ReceiptKeeping = {
    names: new Set(['orders']),
    room,
    wants: () => true,
    async keep({ id }) {
      if (isAway) throw new Error('the queue is away')
      kept.push(id)
    },
    note() {},
    unknownQueue() {},
  }
  const deleted: string[] = []
  const released: string[] = []
  /** By the handle: how long its message is hidden, in seconds. */
  const hidden: (readonly [handle: string, seconds: number])[] = []
  const messages = {
    delete: (handle: string) => void deleted.push(handle),
    release: (handle: string) => void released.push(handle),
    hide: ({ handle, visibleAt }: { handle: string; visibleAt: number }) =>
      void hidden.push([handle, (visibleAt - clock.now()) / 1_000]),
  }
  /** Another queue of the process. */
  const queue = () => new UnkeptReceipts({ clock, counters, log, messages }, keeping)
  const unkept = queue()
  const leaseOf = (key: string) => {
    const source = { kind: 'client-queue', shared: false, acknowledge() {}, release() {} } as const
    const notification = { ...notificationFor('alice', { id: key }), receipt: { to: 'orders' } }
    const times = { deliveryCount: 1, expiresAt: clock.now() + 30_000, lengthMs: 30_000 }
    return new Lease({ key, notification, source, receipt: `${key} first`, ...times })
  }
  const keep = (key: string) => unkept.keep(leaseOf(key))
  const pass = async (seconds: number) => {
    for (let i = 0; i < 4 * seconds; i++) {
      clock.pass(250)
      await settled()
    }
  }
  const away = (value: boolean) => {
    isAway = value
  }
  const told = { warnings, kept, deleted, released, hidden }
  return { clock, counters: counters.receipts, room, ...told, unkept, queue, leaseOf, keep, pass, away }
}

t.test('a message is deleted when its receipt is kept, and not before', async (t) => {
  const { counters, kept, deleted, unkept, keep, pass, away, clock } = start()
  await keep('a')
  t.same([kept, deleted], [['a'], ['a first']])
  away(true)
  const keeping = keep('b')
  await pass(20)
  t.same(deleted, ['a first'])
  t.equal(unkept.size, 1)
  t.equal(unkept.renew('b', 'b second', clock.now() + 30_000), true, 'SQS has shown it again')
  t.equal(unkept.renew('c', 'c second', clock.now() + 30_000), false)
  away(false)
  await pass(20)
  await keeping
  t.same(deleted, ['a first', 'b second'], 'with its newest handle')
  t.match(counters, { kept: 2, lost: 0 })
  t.ok(counters.failed >= 3)
  t.equal(unkept.size, 0)
  t.equal(clock.pending, 0)
})

t.test('a receipt that cannot be kept is given up in time, and somebody is told', async (t) => {
  const { counters, warnings, kept, deleted, keep, pass, away, clock } = start()
  away(true)
  const keeping = keep('a')
  await pass(91)
  await keeping
  t.same([kept, deleted], [[], ['a first']], 'an acknowledged message does not become a dead letter')
  t.same(warnings, ['a receipt could not be kept and is given up'])
  t.match(counters, { kept: 0, lost: 1 })
  t.equal(clock.pending, 0)
})

t.test('an instance that stops leaves to SQS the messages whose receipts are not kept', async (t) => {
  const { counters, deleted, released, unkept, keep, pass, away, clock } = start()
  await unkept.drained(1_000)
  away(true)
  const keeping = keep('a')
  const drained = unkept.drained(2_000)
  await pass(3)
  await Promise.all([keeping, drained])
  t.same([deleted, released], [[], ['a first']], 'another instance can have them at once')
  t.match(counters, { kept: 0, lost: 0 })
  t.equal(clock.pending, 0)
})

t.test('a message whose receipt is not kept stays hidden, so that it does not become a dead letter', async (t) => {
  const { hidden, unkept, keep, pass, away, clock } = start()
  await keep('kept at once')
  t.same(hidden, [])
  away(true)
  const keeping = keep('a')
  await settled()
  t.same(hidden, [['a first', 105]], 'for as long as it is tried, and deleted')
  await pass(10)
  t.equal(hidden.length, 1)
  unkept.renew('a', 'a second', clock.now() + 30_000)
  t.same(hidden[1], ['a second', 95], 'SQS has shown it all the same')
  away(false)
  await pass(10)
  await keeping
  t.equal(hidden.length, 2)
})

t.test('the receipts of all queues have one bound, and the log tells of receipts past it', async (t) => {
  const { counters, room, warnings, deleted, queue, leaseOf, pass, away, clock } = start({ maxReceipts: 2 })
  away(true)
  const keeping = ['a', 'b', 'c'].map((key) => queue().keep(leaseOf(key)))
  await settled()
  t.equal(room.gauge.read(), 2)
  t.same(deleted, ['c first'])
  t.match(warnings, [/^too many receipts are being kept already/])
  t.match(counters, { kept: 0, lost: 1 })
  away(false)
  await pass(10)
  await Promise.all(keeping)
  t.same(deleted, ['c first', 'a first', 'b first'])
  t.equal(room.gauge.read(), 0)
  t.equal(clock.pending, 0)
})

t.test('a receipt that is being kept does not hold its notification in memory', async (t) => {
  setFlagsFromString('--expose_gc')
  const collect: () => void = runInNewContext('gc')
  const { away, unkept, leaseOf, pass } = start()
  away(true)
  let lease: Lease | null = leaseOf('a')
  const held = new WeakRef(lease)
  const keeping = unkept.keep(lease)
  lease = null
  // In the step in which it is made, a reference holds its object.
  await pass(1)
  collect()
  t.equal(held.deref(), undefined)
  away(false)
  await pass(10)
  await keeping
  t.equal(unkept.size, 0)
})
