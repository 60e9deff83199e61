import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createInstances } from '../../../src/adapters/postgres/instances.ts'
import { createWakeUpsTable } from '../../../src/adapters/postgres/wake-ups.ts'
import { openGatewayStore } from '../../support/gateway.ts'
import { sharedPostgres } from '../../support/postgres.ts'

const server = await sharedPostgres(t)

t.test('a push that was put off is made later, and is no failure of its device', async (t) => {
  const { pool, publishing } = await openGatewayStore(server, t)
  const table = createWakeUpsTable({ pool })
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  await publishing.insert({ ...nothing, addressee: 'alice', subject: 's', body: 'b', ttlSeconds: 60 })
  await table.put({ clientId: 'alice', deviceId: 'phone', kind: 'webhook', target: 'token' })
  await table.mark(['alice'], 'table')
  const ends = [{ kind: 'put-off' }, { kind: 'later' }, { kind: 'put-off' }] as const
  const failures: unknown[] = []
  for (const { kind } of ends) {
    const [claimed] = await table.claim(['webhook'], 10)
    if (claimed === undefined) throw new Error('the device is not due')
    await table.settle([[claimed, { kind, afterSeconds: 100 }]])
    t.same(await table.claim(['webhook'], 10), [], 'it has its time')
    const [row] = await pool.query(
      (sql) => sql<{ failures: number; seconds: number }[]>`
        update wake_ups set due_at = now() from wake_ups as was
        where was.client_id = wake_ups.client_id
        returning was.failures, extract(epoch from was.due_at - now())::float8 as seconds`,
    )
    failures.push(row?.failures)
    t.ok(Number(row?.seconds) > 50)
  }
  t.same(failures, [0, 1, 1])
})

t.test('a client that connects before its device is woken is not woken, unless it leaves', async (t) => {
  const { pool, publishing } = await openGatewayStore(server, t)
  const table = createWakeUpsTable({ pool })
  const id = randomUUID()
  await createInstances({ pool }).register({ id, address: 'http://i', queueUrl: 'q', ownsQueue: true, relayKey: 'k' })
  const nothing = { id: null, encoding: null, contentType: null, correlationId: null, sentAt: null } as const
  await publishing.insert({ ...nothing, addressee: 'alice', subject: 's', body: 'b', ttlSeconds: 60 })
  await table.put({ clientId: 'alice', deviceId: 'phone', kind: 'webhook', target: 'token' })
  const connect = () => pool.query((sql) => sql`insert into sessions (client_id, instance_id) values ('alice', ${id})`)
  const passTime = () => pool.query((sql) => sql`update wake_ups set due_at = now(), rest_until = now()`)
  const claimed = async () => (await table.claim(['webhook'], 10)).length

  await table.mark(['alice'], 'table')
  await connect()
  t.equal(await claimed(), 0)
  await passTime()
  t.equal(await claimed(), 0, 'nor later')
  await passTime()
  await pool.query((sql) => sql`delete from sessions`)
  t.equal(await claimed(), 1, 'its instance has ended without a word')

  await connect()
  await table.mark(['alice'], 'table')
  await passTime()
  t.equal(await claimed(), 1, 'it has a session, and does not poll')
})
