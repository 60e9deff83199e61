import t from 'tap'
import type { Lease } from '../../../src/delivery/lease.ts'
import { keepForSleepers } from '../../../src/modes/instance-queue/sleepers.ts'
import { startWorld } from '../../delivery/world.ts'

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

function start(outcome: () => Promise<{ dispatched: Promise<unknown> } | null>) {
  const world = startWorld()
  const { mailboxes, clock } = world
  const stored: string[] = []
  const woken: string[] = []
  const leaving = new AbortController()
  const keep = keepForSleepers({
    table: { withDevices: async (clientIds) => clientIds.filter((clientId) => clientId.startsWith('sleeper')) },
    kinds: ['webhook'],
    async storeFor({ id }) {
      stored.push(id)
      return outcome()
    },
    wake: (clientId) => void woken.push(clientId),
    mailboxes,
    clock,
    leaving: leaving.signal,
  })
  const offer = (key: string, addressee: string): Lease => {
    const offered = world.lease(key, { addressee, id: key })
    mailboxes.offer([offered])
    return offered
  }
  const looked = async () => {
    clock.pass(300)
    await settled()
  }
  return { world, keep, offer, looked, stored, woken, leaving }
}

const isStored = async () => ({ dispatched: Promise.resolve() })

t.test('a message for a client with devices is stored, and any other stays in its queue', async (t) => {
  const { keep, offer, looked, stored, woken } = start(isStored)
  const [sleeping, plain] = [offer('a', 'sleeper'), offer('b', 'without devices')]
  for (const lease of [sleeping, plain]) keep(lease)
  await looked()
  t.same(stored, ['a'])
  t.same([sleeping.end, plain.end], ['sent-on', null])
  t.same(woken, [], 'that a notification is stored wakes its client')
})

t.test('a message that cannot be stored stays in its queue, and its client is woken', async (t) => {
  const outcomes = [async () => null, () => Promise.reject(new Error('the database does not answer'))]
  for (const outcome of outcomes) {
    const { keep, offer, looked, woken } = start(outcome)
    const lease = offer('a', 'sleeper')
    keep(lease)
    await looked()
    t.match(lease, { end: null, withheld: 0 })
    t.same(woken, ['sleeper'])
  }
})

t.test('a message is not stored when its client has come meanwhile, or this instance leaves', async (t) => {
  const { world, keep, offer, looked, stored, woken, leaving } = start(isStored)
  keep(offer('a', 'sleeper'))
  await world.held({ clientId: 'sleeper', ack: 'next' })
  await looked()
  t.same([stored, woken], [[], []])
  leaving.abort()
  keep(offer('b', 'sleeper 2'))
  await looked()
  t.same([stored, woken], [[], ['sleeper 2']])
})
