import { createHash, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { createCallbacks } from '../../src/adapters/postgres/callbacks.ts'
import { createInstances } from '../../src/adapters/postgres/instances.ts'
import { createPending } from '../../src/adapters/postgres/pending.ts'
import { type DatabaseOptions, openPool } from '../../src/adapters/postgres/pool.ts'
import { createPublishing } from '../../src/adapters/postgres/publishing.ts'
import { purge } from '../../src/adapters/postgres/purge.ts'
import { createRegistrations } from '../../src/adapters/postgres/registrations.ts'
import { createTickets } from '../../src/adapters/postgres/tickets.ts'

/** Bodies that another notation, or another encoding, would turn into something else. */
const bodies = [
  Buffer.from('{"text":"plain"}'),
  Buffer.from('back\\slashes \\x41 \\101 \\\\ and \'quotes\' "too"\n'),
  Buffer.from('\uFEFFüñí 🦊 \u0000 \u0001'),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.alloc(0),
]
/** A time that every notation of dates could take for another one, and that a short float would round. */
const expiresAtMs = Date.UTC(2031, 1, 3, 4, 5, 6, 789)

/** Uses everything that the service keeps in the database, and checks that it comes back as it was. */
export async function playRound(t: Test, database: DatabaseOptions): Promise<void> {
  const pool = openPool({ ...database, allowLazyCommit: true, log: { info() {}, warn() {} } })
  t.teardown(() => pool.close())
  const instances = createInstances({ pool })
  const registrations = createRegistrations({ pool })
  const callbacks = createCallbacks({ pool, clock: systemClock, pendingTtlSeconds: 3_600 })
  const publishing = createPublishing({ pool, clock: systemClock, pendingTtlSeconds: 3_600 })
  const pending = createPending({ pool, clock: systemClock })
  const tickets = createTickets({ pool })
  const startedAt = Date.now()
  const isNow = (time: Date | string) => Math.abs(new Date(time).getTime() - startedAt) < 60_000

  await pool.check()
  const instance = { id: randomUUID(), address: 'http://i', queueUrl: 'q', ownsQueue: true, relayKey: 'k' }
  await instances.register(instance)
  t.equal(await instances.heartbeat(instance), 'live')
  const live = await instances.findLive(instance.id)
  t.ok(live && isNow(live.startedAt) && isNow(live.heartbeatAt) && live.deadAt === null, 'the instance lives')
  t.same(await instances.fenceDead({ afterSeconds: 20 }), [], 'no instance is taken for dead')

  const digest = createHash('sha256').update(instance.id).digest('hex')
  const asked = {
    clientId: 'alice',
    digest,
    subject: 'done',
    correlationId: null,
    ttlSeconds: 7_200,
    maxUses: 0,
    forward: 'data' as const,
  }
  const registration = await registrations.create(asked)
  t.ok(registration && isNow(registration.createdAt), 'the registration is of now')
  t.equal(Number(registration?.expiresAt) - Number(registration?.createdAt), 7_200_000)
  t.same(await registrations.list('alice'), [registration])

  for (const body of bodies) {
    const outcome = await callbacks.accept({ digest, idempotencyKey: null, body, contentType: null })
    t.equal(outcome.kind, 'stored')
  }
  const key = { digest, idempotencyKey: 'once', body: Buffer.from('once'), contentType: 'text/plain' }
  const [first, second] = [await callbacks.accept(key), await callbacks.accept(key)]
  t.match([first.kind, second.kind], ['stored', 'duplicate'])
  const publication = { addressee: 'alice', subject: 'hello', contentType: null, correlationId: 'ü\\', ttlSeconds: 60 }
  await publishing.insert({ ...publication, id: null, encoding: null, sentAt: null, body: 'back\\slash ü 🦊' })

  const rows = (await pending.readPage('alice')).rows
  const wanted = [...bodies, Buffer.from('once'), Buffer.from('back\\slash ü 🦊')]
  t.equal(rows.length, wanted.length)
  for (const [i, { notification }] of rows.entries()) {
    const body = Buffer.from(notification.body, notification.encoding ?? 'utf8')
    t.ok(body.equals(wanted[i] ?? Buffer.of()), `body ${i} is as it was sent`)
    t.ok(isNow(notification.sentAt), 'its time is right')
  }
  t.equal(rows.at(-1)?.notification.correlationId, 'ü\\')

  const ticket = await tickets.issue({ clientId: 'alice', expiresAtMs }, 30)
  t.same(await tickets.redeem(ticket), { clientId: 'alice', expiresAtMs })
  t.same(
    await purge(pool, 10),
    { expired: [], keys: 0, registrations: 0, tickets: 0, receipts: 0, unsent: 0, more: false },
    'nothing is over yet',
  )
  await pool.query((sql, { pendingNotifications }) => sql`update ${pendingNotifications} set expires_at = now()`)
  const { expired } = await purge(pool, 100)
  t.equal(expired.length, wanted.length)
  t.ok(
    expired.every(({ createdAt }) => isNow(createdAt)),
    'the time of an expired notification is right',
  )
  await instances.markLeaving(instance)
  await instances.remove(instance.id)
}
