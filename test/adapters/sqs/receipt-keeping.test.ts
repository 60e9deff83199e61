import t from 'tap'
import { type ReceiptKeeping, receiptCounters, UnkeptReceipts } from '../../../src/adapters/sqs/receipt-keeping.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { notificationFor } from '../../delivery/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

function start() {
  const clock = new FakeClock()
  const counters = { receipts: receiptCounters() }
  const warnings: string[] = []
  let isAway = false
  const kept: string[] = []
  const keeping: ReceiptKeeping = {
    names: new Set(['orders']),
    wants: () => true,
    async keep({ key }) {
      if (isAway) throw new Error('the queue is away')
      kept.push(key)
    },
    note() {},
    unknownQueue() {},
  }
  const log = { warn: (_: object, sentence: string) => void warnings.push(sentence) }
  const unkept = new UnkeptReceipts({ clock, counters, log }, keeping)
  const deleted: string[] = []
  const keep = (key: string) => {
    const source = { kind: 'client-queue', shared: false, acknowledge() {}, release() {} } as const
    const notification = { ...notificationFor('alice', { id: key }), receipt: { to: 'orders' } }
    const times = { deliveryCount: 1, expiresAt: clock.now() + 30_000, lengthMs: 30_000 }
    const lease = new Lease({ key, notification, source, receipt: `${key} first`, ...times })
    return unkept.keep(lease, (handle) => deleted.push(handle))
  }
  const pass = async (seconds: number) => {
    for (let i = 0; i < 4 * seconds; i++) {
      clock.pass(250)
      await settled()
    }
  }
  const away = (value: boolean) => {
    isAway = value
  }
  return { clock, counters: counters.receipts, warnings, kept, deleted, unkept, keep, pass, away }
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
  const { counters, deleted, unkept, keep, pass, away, clock } = start()
  await unkept.drained(1_000)
  away(true)
  const keeping = keep('a')
  const drained = unkept.drained(2_000)
  await pass(3)
  await Promise.all([keeping, drained])
  t.same(deleted, [])
  t.match(counters, { kept: 0, lost: 0 })
  t.equal(clock.pending, 0)
})
