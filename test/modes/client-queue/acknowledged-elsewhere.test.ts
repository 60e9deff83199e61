import t from 'tap'
import { writeCursor } from '../../../src/delivery/cursor.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { AcknowledgedElsewhere, markOf } from '../../../src/modes/client-queue/acknowledged-elsewhere.ts'

const ids = ['5b2f0c4e-7d0a-4b52-9d5e-0f1f4f6c1a11', '5b2f0c4e-7d0b-4b52-9d5e-0f1f4f6c1a11']

function shown(key: string, addressee: string, acknowledged: string[]): Lease {
  return new Lease({
    key,
    notification: {
      id: 'n',
      addressee,
      subject: 's',
      body: 'b',
      encoding: null,
      contentType: null,
      sentAt: '2026-11-21T20:15:03.120Z',
      correlationId: null,
    },
    source: { kind: 'client-queue', shared: false, acknowledge: (lease) => acknowledged.push(lease.key), release() {} },
    receipt: 'r',
    deliveryCount: 2,
    expiresAt: 30_000,
    lengthMs: 30_000,
  })
}

t.test(
  'a notification that was handed over elsewhere and acknowledged here is deleted when it is shown here',
  async (t) => {
    const elsewhere = new AcknowledgedElsewhere(() => 0)
    elsewhere.note(
      'alice',
      writeCursor({ instanceId: 'b2', epoch: 'e', number: 1, marks: ids.slice(0, 1).map(markOf) }),
    )
    const acknowledged: string[] = []
    const left = elsewhere.withoutThem(ids.map((id) => shown(id, 'alice', acknowledged)))
    t.same(
      left.map(({ key }) => key),
      ids.slice(1),
    )
    t.same(acknowledged, ids.slice(0, 1))
    t.equal(
      elsewhere.withoutThem(ids.map((id) => shown(id, 'bob', acknowledged))).length,
      2,
      'of others it says nothing',
    )
  },
)

t.test('cursors without a word of what they held, and texts that are none, acknowledge nothing', async (t) => {
  const elsewhere = new AcknowledgedElsewhere(() => 0)
  for (const text of ['', 'b2.e.1', 'b2.e.1-1', ...ids]) elsewhere.note('alice', text)
  const acknowledged: string[] = []
  t.equal(elsewhere.withoutThem(ids.map((id) => shown(id, 'alice', acknowledged))).length, 2)
  t.same(acknowledged, [])
})

t.test('a mark is fit for a cursor, for all ids that a queue may give', async (t) => {
  t.equal(markOf(ids[0] ?? ''), '5b2f0c4e7d0a')
  t.equal(markOf('k7'), '0000000000k7')
  t.equal(markOf('ID_ä:7'), '000000000id7')
})
