import t from 'tap'
import { startGateway } from '../support/gateway.ts'
import { sharedPostgres } from '../support/postgres.ts'

const server = await sharedPostgres(t)
const gateway = await startGateway(server, t)

const one = { addressee: 'alice/über', subject: 'greeting', body: 'hello', id: 'order 42/ü' }
const path = '/receipts/alice%2F%C3%BCber/order%2042%2F%C3%BC'
const publisher = { scope: 'notifications:publish' }
const ask = (path: string, claims: object = publisher) =>
  gateway.ask(gateway.url + path, {
    headers: { authorization: `Bearer ${gateway.issuer.token({ sub: 'publisher', ...claims })}` },
  })

t.test('a receipt follows its notification to the end', async (t) => {
  t.equal((await ask(path)).status, 404)
  t.equal((await gateway.publish({ ...one, receipt: true })).status, 202)
  const pending = await ask(path)
  t.equal(pending.status, 200)
  const shared = { id: one.id, addressee: one.addressee }
  const since = pending.json<{ since: string }>().since
  t.same(pending.json(), { ...shared, state: 'pending', since, deliveryCount: 0 })
  t.equal(pending.headers.get('cache-control'), 'no-store')
  const [row] = (await gateway.pending.readPage(one.addressee)).rows
  await gateway.pending.end({ key: row?.key ?? '', by: 'client', deliveryCount: 1 })
  t.match((await ask(path)).json(), { ...shared, state: 'acknowledged', by: 'client', deliveryCount: 1 })
})

t.test('entries of a batch ask for receipts one by one', async (t) => {
  const entries = [true, false, null, undefined].map((receipt, i) => ({ ...one, id: `b${i}`, receipt }))
  const answer = await gateway.ask(`${gateway.url}/notifications/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.issuer.token(publisher)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ notifications: entries }),
  })
  t.equal(answer.status, 200)
  for (const { key } of (await gateway.pending.readPage(one.addressee)).rows) {
    await gateway.pending.end({ key, by: 'grace', deliveryCount: 1 })
  }
  const statuses = await Promise.all(
    entries.map(async ({ id }) => (await ask(`/receipts/alice%2F%C3%BCber/${id}`)).status),
  )
  t.same(statuses, [200, 404, 404, 404])
})

t.test('a receipt needs the scope of publishers, and names the parameter that is wrong', async (t) => {
  t.equal((await gateway.ask(gateway.url + path)).status, 401)
  t.equal((await ask(path, { scope: 'sessions:read' })).status, 403)
  for (const [bad, reason] of [
    ['/receipts/a%00/x', /addressee/],
    ['/receipts/alice/x%00', /id/],
    [`/receipts/alice/${'x'.repeat(257)}`, /id/],
    [`/receipts/${'x'.repeat(513)}/x`, /addressee/],
  ] as const) {
    const answer = await ask(bad)
    t.equal(answer.status, 400, bad.slice(0, 20))
    t.match(answer.json<{ message: string }>().message, reason)
  }
  for (const receipt of ['true', 1, {}]) t.equal((await gateway.publish({ ...one, receipt })).status, 400)
})
