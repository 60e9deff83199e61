import t from 'tap'
import type { Source } from '../../src/delivery/lease.ts'
import { Lease } from '../../src/delivery/lease.ts'
import { Mailboxes } from '../../src/delivery/mailboxes.ts'

/** A core whose time stands still, and a source that writes down how its leases end. */
function world() {
  const ended: string[] = []
  const source: Source = {
    kind: 'instance-queue',
    shared: false,
    acknowledge: ({ key }) => ended.push(`${key} acknowledged`),
    release: ({ key }) => ended.push(`${key} released`),
  }
  const mailboxes = new Mailboxes({
    clock: { now: () => 0, after: () => () => {} },
    timeOfDay: () => 0,
    sessions: { announce: async () => [], forget: async () => {} },
    random: () => 0,
    identity: { id: 'instance' },
    epoch: 'epoch',
    bounds: { maxHeldPolls: 10, maxPollsPerClient: 10, maxLeasedBytes: 2 ** 20, lingerMs: 30_000, graceMs: 1_000 },
  })
  const lease = (key: string, addressee: string) =>
    new Lease({
      key,
      notification: {
        id: key,
        addressee,
        subject: 'greeting',
        body: 'hello',
        encoding: null,
        contentType: null,
        sentAt: '2026-11-21T20:15:03.120Z',
        correlationId: null,
      },
      source,
      receipt: key,
      deliveryCount: 1,
      expiresAt: 30_000,
      lengthMs: 30_000,
    })
  const hold = (clientId: string, ack: 'auto' | 'next') =>
    new Promise<void>((resolve) => {
      mailboxes.hold({ clientId, waitMs: 1_000, limit: 1, ack, cursor: null, end: () => resolve() })
    })
  return { mailboxes, ended, lease, hold }
}

t.test('leases that wait for a client that has left are given back, and those of other clients stay', async (t) => {
  const { mailboxes, ended, lease } = world()
  mailboxes.offer([lease('a1', 'alice'), lease('b1', 'bob'), lease('a2', 'alice')])
  t.equal(mailboxes.leasesOf('alice')?.waiting ?? 0, 2)
  mailboxes.release('alice')
  t.same(ended, ['a1 released', 'a2 released'])
  t.equal(mailboxes.leasesOf('alice')?.waiting ?? 0, 0)
  t.equal(mailboxes.leasesOf('bob')?.waiting ?? 0, 1)
  mailboxes.release('nobody')
  t.equal(ended.length, 2)
})

t.test(
  'a lease that was handed over and waits for its acknowledgement is given back, a lease in its grace is not',
  async (t) => {
    const { mailboxes, ended, lease, hold } = world()
    mailboxes.offer([lease('a1', 'alice'), lease('a2', 'alice'), lease('b1', 'bob')])
    await hold('alice', 'auto')
    await hold('bob', 'next')
    t.equal(mailboxes.leasesOf('alice')?.waiting ?? 0, 1, 'the other is withheld')
    t.equal(mailboxes.leasesOf('bob')?.waiting ?? 0, 1, 'it is handed over again')
    mailboxes.release('alice')
    mailboxes.release('bob')
    t.same(ended, ['a2 released', 'b1 released'])
  },
)
