import { randomUUID } from 'node:crypto'
import t from 'tap'
import { digest, openGatewayStore } from '../../support/gateway.ts'
import { sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)
const asked = { subject: 'report.done', correlationId: 'job-17', ttlSeconds: 60, maxUses: 3, forward: 'data' as const }
const fresh = () => digest(randomUUID())

t.test('a registration is listed for its client, until it has ended', async (t) => {
  const { registrations, callbacks, hoursPass } = await openGatewayStore(server, t)
  const create = (clientId: string, more: object = {}) =>
    registrations.create({ clientId, digest: fresh(), ...asked, ...more })
  const created = await create('alice')
  t.match(created, { subject: 'report.done', correlationId: 'job-17', maxUses: 3, uses: 0 })
  if (created === null) throw new Error('there is room')
  t.equal(created.expiresAt.getTime() - created.createdAt.getTime(), 60_000)
  const later = await create('alice', { correlationId: null, maxUses: 0, ttlSeconds: 604_800 })
  t.same(await registrations.list('alice'), [created, later])
  t.same(await registrations.list('bob'), [])

  const once = fresh()
  await create('carol', { digest: once, maxUses: 1 })
  await callbacks.accept({ digest: once, idempotencyKey: null, body: Buffer.alloc(0), contentType: null })
  t.same(await registrations.list('carol'), [], 'it is used up')
  await hoursPass(1)
  t.same(
    (await registrations.list('alice')).map(({ id }) => id),
    [later?.id],
  )
})

t.test('only the client can revoke its registration, and once', async (t) => {
  const { registrations } = await openGatewayStore(server, t)
  const id = (await registrations.create({ clientId: 'alice', digest: fresh(), ...asked }))?.id ?? ''
  t.equal(await registrations.revoke('bob', id), false)
  t.equal(await registrations.revoke('alice', randomUUID()), false)
  t.equal((await registrations.list('alice')).length, 1)
  t.equal(await registrations.revoke('alice', id), true)
  t.equal(await registrations.revoke('alice', id), false)
  t.same(await registrations.list('alice'), [])
})

t.test('a client has at most a hundred live registrations, however many it asks for at once', async (t) => {
  const { registrations } = await openGatewayStore(server, t)
  const create = (clientId: string) => registrations.create({ clientId, digest: fresh(), ...asked })
  const made = await Promise.all(Array.from({ length: 130 }, () => create('alice')))
  t.equal(made.filter((one) => one === null).length, 30)
  const live = await registrations.list('alice')
  t.equal(live.length, 100)
  t.ok(await create('bob'), 'others are not affected')
  await registrations.revoke('alice', live[0]?.id ?? '')
  t.ok(await create('alice'), 'one that has ended makes room')
})

t.test(
  'registrations that a client makes and revokes in a loop do not pile up, and the last ones answer as gone',
  async (t) => {
    const { registrations, callbacks, count } = await openGatewayStore(server, t)
    const secrets: string[] = []
    for (let i = 0; i < 150; i++) {
      const secret = fresh()
      secrets.push(secret)
      const created = await registrations.create({ clientId: 'alice', digest: secret, ...asked })
      await registrations.revoke('alice', created?.id ?? '')
    }
    t.ok((await count('registrations')) <= 102, `${await count('registrations')} rows are left`)
    const callback = { idempotencyKey: null, body: Buffer.from('{}'), contentType: null }
    t.equal((await callbacks.accept({ ...callback, digest: secrets.at(-1) ?? '' })).kind, 'gone')
  },
)

t.test('an ended registration stays as long as a key of it is remembered', async (t) => {
  const { registrations, callbacks } = await openGatewayStore(server, t)
  const secret = fresh()
  const callback = { digest: secret, idempotencyKey: 'key', body: Buffer.from('{}'), contentType: null }
  await registrations.create({ clientId: 'alice', digest: secret, ...asked, maxUses: 1 })
  t.equal((await callbacks.accept(callback)).kind, 'stored')
  for (let i = 0; i < 120; i++) {
    const created = await registrations.create({ clientId: 'alice', digest: fresh(), ...asked })
    await registrations.revoke('alice', created?.id ?? '')
  }
  t.equal((await callbacks.accept(callback)).kind, 'duplicate')
})

t.test('the calls of a client are refused past a bound, and those of others are not', async (t) => {
  const { registrations } = await openGatewayStore(server, t)
  const calls = Array.from({ length: 230 }, () =>
    registrations.list('alice').then(
      () => 'listed',
      (error) => error.code,
    ),
  )
  t.same(await registrations.list('bob'), [])
  const outcomes = await Promise.all(calls)
  t.equal(outcomes.filter((outcome) => outcome === 'ERROR_TOO_MANY_REQUESTS').length, 30)
  t.same(await registrations.list('alice'), [], 'the bound is one of calls in flight')
})
