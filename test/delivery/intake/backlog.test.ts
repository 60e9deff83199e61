import t from 'tap'
import { Backlog } from '../../../src/delivery/intake/backlog.ts'
import { PendingLeases } from '../../../src/delivery/intake/pending.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import { leaseMs, notificationFor, settled, startWorld } from '../world.ts'

const mebibyte = 1_048_576

/** A table with as many rows for each client, which is read in pages as the real one is. */
function start(given: {
  readonly clients: number
  readonly rows: number
  readonly bodyLength: number
  readonly maxLeasedBytes: number
}) {
  const { clients, rows, bodyLength, maxLeasedBytes } = given
  const world = startWorld({ maxLeasedBytes, maxHeldPolls: 1_000 })
  const body = 'x'.repeat(bodyLength)
  const names = Array.from({ length: clients }, (_, i) => `client ${i}`)
  const table = new Map<string, PendingRow[]>()
  let read = 0
  for (const addressee of names) {
    const own = Array.from({ length: rows }, (_, i) => {
      const id = `${addressee} ${i}`
      return { key: id, notification: notificationFor(addressee, { id, body }), deliveryCount: 1 }
    })
    table.set(addressee, own)
  }
  const store = {
    async readPage(clientId: string) {
      const own = table.get(clientId) ?? []
      read += Math.min(200, own.length)
      return { rows: own.slice(0, 200), more: own.length > 200 }
    },
    async remove(key: string) {
      const clientId = key.split(' ').slice(0, 2).join(' ')
      table.set(
        clientId,
        (table.get(clientId) ?? []).filter((row) => row.key !== key),
      )
    },
    end: async () => {},
    noteHandedOver: async () => {},
    isStored: async () => true,
  }
  const pending = new PendingLeases(world.clock, store, leaseMs)
  const { mailboxes, clock } = world
  const backlog = new Backlog({ mailboxes, pending, clock })
  t.teardown(() => {
    pending.close()
    backlog.close()
  })
  let most = 0
  const look = () => {
    most = Math.max(most, mailboxes.leasedMemory.bytes)
  }
  return { world, pending, backlog, names, table, look, most: () => most, read: () => read }
}

t.test('clients that return with large backlogs stay within the memory, and get all of them', async (t) => {
  const maxLeasedBytes = 8 * mebibyte
  const { world, pending, names, look, most, read } = start({
    clients: 60,
    rows: 250,
    bodyLength: 2_000,
    maxLeasedBytes,
  })
  const { mailboxes, clock } = world
  const got = new Map(names.map((name) => [name, [] as string[]]))
  for (const clientId of names) {
    await world.held({ clientId, waitMs: 0 })
    mailboxes.offer(await pending.read(clientId))
    look()
  }
  for (let round = 0; round < 2_000 && [...got.values()].some(({ length }) => length < 250); round++) {
    for (const clientId of names) {
      const { end } = await world.held({ clientId, waitMs: 0, ack: 'next', limit: 20 })
      if (end?.kind !== 'answered') continue
      const ids = end.handover.leases.map(({ notification }) => notification.id)
      got.get(clientId)?.push(...ids)
      mailboxes.acknowledgeIds(clientId, new Set(ids))
      look()
    }
    clock.pass(60)
    await settled()
    look()
  }
  t.ok(most() <= maxLeasedBytes, `${most()} bytes at most`)
  for (const [clientId, ids] of got) {
    t.equal(ids.length, 250)
    t.same(ids, [...new Set(ids)], `${clientId} gets each once`)
  }
  t.ok(read() < 60 * 250 * 4, `${read()} rows were read`)
})

t.test('a client that never acknowledges keeps neither memory nor the reading of others', async (t) => {
  const maxLeasedBytes = 4 * mebibyte
  const { world, pending, backlog, look, most } = start({ clients: 15, rows: 1_000, bodyLength: 5_000, maxLeasedBytes })
  const { mailboxes } = world
  for (let i = 1; i < 15; i++) {
    await world.held({ clientId: `client ${i}`, waitMs: 0 })
    mailboxes.offer(await pending.read(`client ${i}`))
    await world.held({ clientId: `client ${i}`, waitMs: 0, ack: 'next', limit: 100 })
    look()
  }
  for (let i = 0; i < 10; i++) {
    world.clock.pass(5_000)
    await backlog.readOn()
    await settled()
    look()
  }
  await world.held({ clientId: 'client 0', waitMs: 0 })
  mailboxes.offer(await pending.read('client 0'))
  const { end } = await world.held({ clientId: 'client 0', waitMs: 0 })
  t.equal(end?.kind, 'answered', 'the client that comes last is served at once')
  t.ok(most() <= maxLeasedBytes)
  t.ok(mailboxes.heldBack.clients > 0)
})

t.test('a client that has left is not read for', async (t) => {
  const { world, pending, backlog, read } = start({
    clients: 1,
    rows: 500,
    bodyLength: 10,
    maxLeasedBytes: 4 * mebibyte,
  })
  await world.held({ clientId: 'client 0', waitMs: 0 })
  world.mailboxes.offer(await pending.read('client 0'))
  t.same([...pending.behind], ['client 0'])
  world.mailboxes.clientMoved('client 0', [])
  await backlog.readOn()
  t.equal(read(), 200)
  t.equal(pending.behind.size, 0)
  world.isEmpty(t)
})
