import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { CallbackOutcome } from '../../../src/delivery/intake/callbacks.ts'
import { digest, openGatewayStore } from '../../support/gateway.ts'
import { type Owner, sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)

async function world(t: Owner, options: { cap?: number } = {}) {
  const store = await openGatewayStore(server, t, options)
  const call = (digest: string, idempotencyKey: string | null = null, text = 'done') =>
    store.callbacks.accept({ digest, idempotencyKey, body: Buffer.from(text), contentType: 'text/plain' })
  const uses = async (digest: string) => {
    const [row] = await store.pool.query(
      (sql) => sql<{ uses: number }[]>`select uses from registrations where callback_hash = decode(${digest}, 'hex')`,
    )
    return row?.uses
  }
  const revoke = (digest: string) =>
    store.pool.query(
      (sql) => sql`update registrations set revoked_at = now() where callback_hash = decode(${digest}, 'hex')`,
    )
  return { ...store, call, uses, revoke }
}

const kinds = (outcomes: readonly CallbackOutcome[]) => {
  const counts: Record<string, number> = {}
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const times = <T>(n: number, work: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)))

t.test('a callback becomes a pending notification for the client that has registered it', async (t) => {
  const { call, register, pending } = await world(t)
  const outcome = await call(await register('alice'))
  if (outcome.kind !== 'stored') throw new Error(outcome.kind)
  const { row } = outcome
  t.match(row.notification, {
    id: row.key,
    addressee: 'alice',
    subject: 'done',
    body: 'done',
    encoding: null,
    contentType: 'text/plain',
    correlationId: 'job',
    sentAt: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  })
  t.same((await pending.readPage('alice')).rows, [row], 'the row that is read is the row that was announced')
})

t.test('a notice has no body, neither in its row nor on the way to its client', async (t) => {
  const { callbacks, register, pending, pool } = await world(t)
  const bytes = Buffer.from([0xff, 0x00, 0x10])
  const notice = {
    digest: await register('alice', 0, 'notice'),
    idempotencyKey: null,
    body: bytes,
    contentType: 'image/png',
  }
  const data = { ...notice, digest: await register('alice') }
  // Both in one statement: each callback has the body that its own registration wants.
  const outcomes = await Promise.all([callbacks.accept(notice), callbacks.accept(data)])
  const rows = outcomes.map((outcome) => (outcome.kind === 'stored' ? outcome.row : null))
  t.match(rows[0]?.notification, { body: '', encoding: null, contentType: 'image/png', correlationId: 'job' })
  t.match(rows[1]?.notification, { body: bytes.toString('base64'), encoding: 'base64' })
  t.same((await pending.readPage('alice')).rows, rows)
  const stored = await pool.query((sql) => sql`select length(body) as length from pending_notifications order by 1`)
  t.same(stored, [{ length: 0 }, { length: 3 }])
})

t.test('exactly as many of several callbacks at once are accepted as there are uses', async (t) => {
  const { call, register, uses, count } = await world(t)
  const url = await register('alice', 7)
  t.same(kinds(await times(50, () => call(url))), { stored: 7, gone: 43 })
  t.equal(await uses(url), 7)
  t.equal(await count('pending_notifications'), 7)
})

t.test('exactly one of several repeats at once is stored, and all return its id', async (t) => {
  const { call, register, uses, count } = await world(t)
  for (const maxUses of [0, 1, 7]) {
    const url = await register(`client ${maxUses}`, maxUses)
    const outcomes = await times(20, () => call(url, 'key'))
    t.same(kinds(outcomes), { stored: 1, duplicate: 19 }, `${maxUses} uses`)
    const ids = outcomes.map((one) => (one.kind === 'stored' ? one.row.key : one.kind === 'duplicate' ? one.id : ''))
    t.equal(new Set(ids).size, 1)
    t.equal(await uses(url), 1)
  }
  t.equal(await count('pending_notifications'), 3)
  t.equal(await count('idempotency_keys'), 3)
})

t.test('uses are neither lost nor counted twice when repeats and other callbacks come at once', async (t) => {
  const { call, register, uses, count } = await world(t)
  const url = await register('alice', 5)
  const outcomes = await times(60, (i) => call(url, i % 2 === 0 ? `key ${i % 6}` : null))
  const { stored, duplicate = 0, gone = 0 } = kinds(outcomes)
  t.equal(stored, 5)
  t.equal(duplicate + gone, 55)
  t.equal(await uses(url), 5)
  t.equal(await count('pending_notifications'), 5)
  for (const [i, outcome] of outcomes.entries()) {
    const again = await call(url, `key ${i % 6}`)
    if (i % 2 === 0 && outcome.kind !== 'gone') t.equal(again.kind, 'duplicate')
  }
})

t.test('a repeat is a duplicate although the registration is used up, revoked or expired', async (t) => {
  const { call, register, revoke, hoursPass, pending } = await world(t)
  const url = await register('alice', 1)
  const first = await call(url, 'key')
  if (first.kind !== 'stored') throw new Error(first.kind)
  const again = { kind: 'duplicate', id: first.row.key, addressee: 'alice' }
  t.same(await call(url, 'key'), again)
  t.equal((await call(url)).kind, 'gone')
  t.equal((await call(url, 'another key')).kind, 'gone')
  await revoke(url)
  t.same(await call(url, 'key'), again)
  await pending.remove(first.row.key)
  t.same(await call(url, 'key'), again, 'nor does it matter that it was acknowledged')
  await hoursPass(23)
  t.same(await call(url, 'key'), again)
  await hoursPass(1)
  t.equal((await call(url, 'key')).kind, 'gone', 'a key is remembered for 24 hours')
})

t.test('an old key may be used again, by one of several callbacks at once', async (t) => {
  const { call, pool, register, hoursPass, count } = await world(t)
  const url = await register('alice')
  await call(url, 'key')
  await hoursPass(24)
  await pool.query((sql) => sql`update registrations set expires_at = now() + interval '1 hour'`)
  t.same(kinds(await times(20, () => call(url, 'key'))), { stored: 1, duplicate: 19 })
  t.equal(await count('pending_notifications'), 2)
})

t.test('a key belongs to its URL', async (t) => {
  const { call, register } = await world(t)
  const [one, two] = [await register('alice'), await register('alice')]
  t.same(kinds([await call(one, 'key'), await call(two, 'key')]), { stored: 2 })
})

t.test('a URL that nobody registered, or whose time is over, stores nothing', async (t) => {
  const { call, register, revoke, hoursPass, count } = await world(t)
  t.same(await call(digest(randomUUID()), 'key'), { kind: 'unknown' })
  const [revoked, expired] = [await register('alice'), await register('alice')]
  await revoke(revoked)
  t.same(await call(revoked), { kind: 'gone' })
  await hoursPass(1)
  t.same(await call(expired, 'key'), { kind: 'gone' })
  t.equal(await count('pending_notifications'), 0)
  t.equal(await count('idempotency_keys'), 0)
})

t.test('a client that does not poll is full, and a refused callback spends neither use nor key', async (t) => {
  const { call, register, uses, pending } = await world(t, { cap: 5 })
  const url = await register('alice')
  for (let i = 0; i < 5; i++) t.equal((await call(url, `key ${i}`)).kind, 'stored')
  t.same(kinds(await times(5, (i) => call(url, `late ${i}`))), { full: 5 })
  t.equal((await call(url, 'key 0')).kind, 'duplicate', 'a repeat is no more than before')
  t.equal(await uses(url), 5)
  t.equal((await call(await register('bob'))).kind, 'stored', 'others have room')
  const [oldest] = (await pending.readPage('alice')).rows
  await pending.remove(oldest?.key ?? '')
  t.equal((await call(url, 'late 0')).kind, 'stored')
})

t.test('callbacks at once exceed the cap by no more than the number of connections', async (t) => {
  const { call, register, count } = await world(t, { cap: 5 })
  const urls = await times(10, () => register('alice'))
  await times(60, (i) => call(urls[i % 10] ?? ''))
  const stored = await count('pending_notifications')
  t.ok(stored >= 5 && stored < 5 + 10, `${stored} stored`)
})

t.test('bodies come back byte for byte, text as text and all others as base64', async (t) => {
  const { callbacks, register, pending } = await world(t)
  const url = await register('alice')
  const bodies: [Buffer, 'base64' | null][] = [
    [Buffer.alloc(0), null],
    [Buffer.from('\0\u0001 \ufeffsmile 😀 \u2028'), null],
    [Buffer.from('\ufeffa byte order mark'), null],
    [Buffer.from([0xff, 0xfe, 0, 1]), 'base64'],
    [Buffer.from([0xed, 0xa0, 0x80]), 'base64'],
    [Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)), 'base64'],
    [Buffer.alloc(262_144, 0x9c), 'base64'],
  ]
  for (const [body] of bodies) await callbacks.accept({ digest: url, idempotencyKey: null, body, contentType: null })
  const rows = (await pending.readPage('alice')).rows
  t.equal(rows.length, bodies.length)
  for (const [i, { notification }] of rows.entries()) {
    t.equal(notification.encoding, bodies[i]?.[1])
    t.ok(Buffer.from(notification.body, notification.encoding ?? 'utf8').equals(bodies[i]?.[0] ?? Buffer.alloc(1)))
    t.equal(notification.contentType, null)
  }
})
