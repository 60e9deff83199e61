import { randomUUID } from 'node:crypto'
import t from 'tap'
import { contractFetch } from '../support/contract.ts'
import { startClientQueueWorld } from '../support/modes.ts'

const world = await startClientQueueWorld(t)
const secret = 'a secret of at least thirty-two characters'
const service = await world.service(t, { CALLBACK_SECRET: secret })
const json = { 'content-type': 'application/json' }

function register(t: Parameters<typeof contractFetch>[0], at: { url: string }, clientId: string, asked: object = {}) {
  return contractFetch(t)(`${at.url}/registrations`, {
    method: 'POST',
    headers: { ...world.bearer(clientId), ...json },
    body: JSON.stringify(asked),
  })
}

async function callbackUrl(t: Parameters<typeof contractFetch>[0], clientId: string, asked: object = {}) {
  const { callbackUrl: url } = (await register(t, service, clientId, asked)).json<{ callbackUrl: string }>()
  return `${service.url}${new URL(url).pathname}`
}

t.test("a callback is in its client's queue when it is accepted, and arrives as it was sent", async (t) => {
  const post = contractFetch(t)
  const url = await callbackUrl(t, 'alice', { subject: 'report.done', correlationId: 'job-17' })
  t.notMatch(url, /alice/, 'the URL does not say whose it is')
  const held = world.poll(service, 'alice')
  const accepted = await post(url, { method: 'POST', headers: json, body: '{"rows":3}' })
  t.equal(accepted.status, 202)
  t.match(accepted.json(), { status: 'queued', duplicate: false })
  t.same((await held).bodies, ['{"rows":3}'])
})

t.test('bytes and an empty body arrive too', async (t) => {
  const post = contractFetch(t)
  const url = await callbackUrl(t, 'bob')
  const bytes = Buffer.from([0xff, 0x00, 0xfe])
  await post(url, { method: 'POST', body: bytes })
  await post(url, { method: 'POST' })
  const bodies: string[] = []
  while (bodies.length < 2) bodies.push(...((await world.poll(service, 'bob')).bodies ?? []))
  t.same(new Set(bodies), new Set([bytes.toString('base64'), '']))
})

t.test('a repeated key is a duplicate, with the same id', async (t) => {
  const post = contractFetch(t)
  const url = await callbackUrl(t, 'carol')
  const once = () => post(url, { method: 'POST', headers: { 'idempotency-key': 'k1' }, body: 'done' })
  const first = (await once()).json<{ id: string }>()
  t.match((await once()).json(), { id: first.id, status: 'queued', duplicate: true })
})

t.test('what was not sealed here is 404, what has expired is 410', async (t) => {
  const post = contractFetch(t)
  for (const id of [randomUUID(), 'AQAB', 'x'.repeat(700)]) {
    t.equal((await post(`${service.url}/callback/${id}`, { method: 'POST', body: 'x' })).status, 404)
  }
  const url = await callbackUrl(t, 'dave', { ttlSeconds: 1 })
  for (;;) {
    const { status } = await post(url, { method: 'POST', body: 'x' })
    if (status === 410) break
    t.equal(status, 202, 'until it expires')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

t.test('what would have to be stored is 501, and says so', async (t) => {
  const counted = await register(t, service, 'erin', { maxUses: 3 })
  t.equal(counted.status, 501)
  t.match(counted.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /maxUses/ })
  const revoked = await contractFetch(t)(`${service.url}/registrations/${randomUUID()}`, {
    method: 'DELETE',
    headers: world.bearer('erin'),
  })
  t.equal(revoked.status, 501)
})

t.test('without a secret there are no registrations', async (t) => {
  const without = await world.service(t)
  const refused = await register(t, without, 'fred')
  t.equal(refused.status, 501)
  t.match(refused.json(), { message: /CALLBACK_SECRET/ })
})

t.test(
  'another instance with the same secret takes the callback, and one with a new secret before it too',
  async (t) => {
    const post = contractFetch(t)
    const url = new URL(await callbackUrl(t, 'gina'))
    const renewed = await world.service(t, {
      CALLBACK_SECRET: `a newer secret of at least thirty-two characters,${secret}`,
    })
    t.equal((await post(`${renewed.url}${url.pathname}`, { method: 'POST', body: 'crossed' })).status, 202)
    t.same((await world.poll(service, 'gina')).bodies, ['crossed'])
  },
)
