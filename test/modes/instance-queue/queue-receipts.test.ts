import t from 'tap'
import type { NotedState } from '../../../src/adapters/postgres/receipts.ts'
import { ReceiptRoom } from '../../../src/adapters/sqs/receipt-room.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { queueReceipts } from '../../../src/modes/instance-queue/queue-receipts.ts'
import { notificationFor } from '../../delivery/world.ts'

const source = { kind: 'instance-queue', shared: false, acknowledge() {}, release() {} } as const

t.test('a message is noted as pending when it comes for the first time, and not at each time', async (t) => {
  const noted: NotedState[] = []
  const keeping = queueReceipts({
    receipts: { record: async (state) => void noted.push(state) },
    names: new Set(['orders']),
    room: new ReceiptRoom({ log: { warn() {} } }),
    onEvent() {},
    unknownQueue() {},
  })
  const leaseOf = (deliveryCount: number, hops: number) =>
    new Lease({
      ...{ key: 'key', source, receipt: 'handle', expiresAt: 30_000, lengthMs: 30_000, deliveryCount, hops },
      notification: { ...notificationFor('alice', { id: 'a' }), receipt: { to: 'orders' } },
    })
  for (const [deliveryCount, hops] of [
    [1, 0],
    [2, 0],
    [1, 1],
  ] as const) {
    keeping.note(leaseOf(deliveryCount, hops), 'pending')
  }
  t.same(noted, [{ addressee: 'alice', id: 'a', state: 'pending', by: null, deliveryCount: 1, to: 'orders' }])
  keeping.note(leaseOf(3, 1), 'handed-over')
  t.match(noted[1], { state: 'handed-over', deliveryCount: 3 })
})
