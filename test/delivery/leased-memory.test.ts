import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import type { Lease } from '../../src/delivery/lease.ts'
import { leaseMs, settled, startWorld, type World } from './world.ts'

const mebibyte = 1_048_576
const maxLeasedBytes = 64 * mebibyte

/** Makes as many leases as there are bytes of bodies, for one client. */
function backlog(world: World, addressee: string, bytes: number, bodyLength = 20_000): Lease[] {
  const body = 'x'.repeat(bodyLength)
  return Array.from({ length: Math.ceil(bytes / bodyLength) }, (_, i) =>
    world.lease(`${addressee} ${i}`, { addressee, body }),
  )
}

t.test('greedy clients never fill the memory: another client still gets its notifications', async (t) => {
  for (const greedy of [1, 2, 4, 14, 100, 300]) {
    const world = startWorld({ maxLeasedBytes, maxHeldPolls: 1_000 })
    const clients = Array.from({ length: greedy }, (_, i) => `greedy ${i}`)
    for (const clientId of clients) await world.held({ clientId, waitMs: 0 })
    const leases = clients.map((addressee) => backlog(world, addressee, Math.min(20, 300 / greedy) * mebibyte))
    const longest = Math.max(...leases.map(({ length }) => length))
    for (let i = 0; i < longest; i++) {
      world.mailboxes.offer(leases.flatMap((of) => of.slice(i, i + 1)))
    }
    const { leasedMemory } = world.mailboxes
    t.ok(leasedMemory.bytes <= maxLeasedBytes, `${greedy} greedy clients stay within the bound`)
    const oneEach = greedy * 45_000
    t.ok(leasedMemory.bytes <= (maxLeasedBytes * greedy) / (greedy + 2) + oneEach, 'and leave two shares free')
    t.notOk(leasedMemory.full)
    await world.held({ clientId: 'modest', waitMs: 0 })
    const taken = world.mailboxes.offer(backlog(world, 'modest', 20_000))
    t.equal(taken.length, 1, 'a modest client gets its notification')
    t.ok(world.mailboxes.heldBack.notifications > 0, 'the rest of the greedy ones is held back')
  }
})

t.test('a client gets further notifications as it acknowledges earlier ones', async (t) => {
  const world = startWorld({ maxLeasedBytes: mebibyte })
  await world.held({ waitMs: 0 })
  const leases = backlog(world, 'alice', mebibyte)
  const taken = world.mailboxes.offer(leases)
  t.ok(taken.length > 0 && taken.length < leases.length)
  t.equal(world.mailboxes.offer(leases.slice(taken.length)).length, 0)
  await world.held({ waitMs: 0, ack: 'next' })
  world.mailboxes.acknowledgeIds('alice', new Set(taken.map(({ key }) => key)))
  t.equal(world.mailboxes.offer(leases.slice(taken.length)).length, taken.length)
  world.isEmpty(t)
})

t.test('leases of a client past its share are still renewed', async (t) => {
  const world = startWorld({ maxLeasedBytes: mebibyte })
  const taken = world.mailboxes.offer(backlog(world, 'alice', mebibyte))
  t.equal(world.mailboxes.offer([world.lease('another', { body: 'x'.repeat(20_000) })]).length, 0)
  const [first] = taken
  const again = world.lease(first?.key ?? '', { body: 'x'.repeat(20_000) })
  again.receipt = 'newer'
  t.strictSame(world.mailboxes.offer([again]), [first])
  t.equal(first?.receipt, 'newer')
  world.isEmpty(t)
})

t.test('a notification that is larger than any share is taken alone, while half of the memory is free', async (t) => {
  const world = startWorld({ maxLeasedBytes: mebibyte })
  const large = (addressee: string) => world.lease(`large for ${addressee}`, { addressee, body: 'x'.repeat(mebibyte) })
  t.equal(world.mailboxes.offer([large('alice')]).length, 1)
  t.equal(world.mailboxes.offer([large('bob')]).length, 0, 'a second one waits for the first one')
  t.ok(world.mailboxes.leasedMemory.full)
  let calls = 0
  world.mailboxes.leasedMemory.onFree(() => calls++)
  world.mailboxes.leasedMemory.onFree(() => calls++)
  world.mailboxes.releaseAll()
  t.equal(calls, 2, 'callers that wait for room are called once there is some')
  t.equal(world.mailboxes.offer([large('bob')]).length, 1)
  world.isEmpty(t)
  t.equal(calls, 2)
})

t.test('leases are counted for absent clients until their client comes, and again when it has left', async (t) => {
  const world = startWorld()
  world.mailboxes.offer([world.lease('k1'), world.lease('k2', { addressee: 'bobby' })])
  const { leasedMemory } = world.mailboxes
  t.equal(leasedMemory.absentBytes, leasedMemory.bytes)
  await world.held({ ack: 'next' })
  t.equal(leasedMemory.absentBytes, leasedMemory.bytes / 2)
  world.mailboxes.clientMoved('alice', [])
  t.equal(leasedMemory.absentBytes, leasedMemory.bytes)
  world.sessions.slow = true
  world.hold()
  t.equal(leasedMemory.absentBytes, leasedMemory.bytes / 2)
  world.announcements[0]?.reject(new Error('not recorded'))
  await settled()
  t.equal(leasedMemory.absentBytes, leasedMemory.bytes)
  world.isEmpty(t)
  t.equal(leasedMemory.absentBytes, 0)
})

t.test('one line tells that notifications are held back, and one that none is any more', async (t) => {
  const world = startWorld({ maxLeasedBytes: mebibyte })
  const { heldBack } = world.mailboxes
  const flood = () => world.mailboxes.offer(backlog(world, 'alice', mebibyte))
  const notTaken = 53 - flood().length
  t.equal(heldBack.notifications, notTaken)
  t.equal(heldBack.clients, 1)
  t.match(world.lines, [{ level: 'warn', clientId: 'alice', maxLeasedBytes: mebibyte }])
  world.clock.pass(leaseMs - 1)
  flood()
  world.clock.pass(leaseMs - 1)
  t.equal(world.lines.length, 1, 'it goes on')
  world.clock.pass(leaseMs + 1)
  t.match(world.lines.slice(1), [{ level: 'info', notifications: heldBack.notifications }])
  t.equal(heldBack.clients, 0)
  world.isEmpty(t)
})

t.test('leases take no more memory than they count for', async (t) => {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  const leases = 3_000
  const measure = async (character: string, length: number, perClient: number) => {
    const world = startWorld({ maxLeasedBytes: 1_024 * mebibyte, maxHeldPolls: 10_000 })
    const clients = Array.from({ length: leases / perClient }, (_, i) => `client ${i}`)
    for (const clientId of clients) await world.held({ clientId, waitMs: 0 })
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < leases; i++) {
      // Parsed, as the adapters do it: a text that was repeated would share its memory.
      const body = JSON.parse(JSON.stringify(`${i} ${character.repeat(length)}`)) as string
      world.mailboxes.offer([world.lease(`k${i}`, { addressee: `client ${Math.floor(i / perClient)}`, body })])
    }
    for (const clientId of clients) {
      const { end } = await world.held({ clientId, ack: 'next', limit: 100, waitMs: 0 })
      if (end?.kind === 'answered' && end.handover.json === '') t.fail('nothing was handed over')
    }
    collect()
    return { taken: process.memoryUsage().heapUsed - before, counted: world.mailboxes.leasedMemory.bytes }
  }
  await measure('x', 10, 10) // the first run compiles the code, which takes memory of its own
  for (const character of ['x', 'ü', '日', '\u0001', '"']) {
    const { taken, counted } = await measure(character, 2_000, 10)
    t.ok(taken <= counted, `bodies of ${JSON.stringify(character)}: ${taken} bytes of ${counted}`)
  }
  const { taken, counted } = await measure('x', 10, 1)
  t.ok(taken <= counted, `small ones, each for another client: ${taken} bytes of ${counted}`)
})
