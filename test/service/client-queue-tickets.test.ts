import t from 'tap'
import { contractFetch } from '../support/contract.ts'
import { openEvents } from '../support/event-stream.ts'
import { startClientQueueWorld } from '../support/modes.ts'

const world = await startClientQueueWorld(t)
const [oldSecret, newSecret] = ['the secret of all instances up to now', 'the secret of all instances from now']
const [before, during, without] = await Promise.all([
  world.service(t, { CALLBACK_SECRET: oldSecret }),
  world.service(t, { CALLBACK_SECRET: `${newSecret},${oldSecret}` }),
  world.service(t),
])

type Asserts = Parameters<typeof contractFetch>[0]
const make = (t: Asserts, { url }: { url: string }, clientId: string) =>
  contractFetch(t)(`${url}/tickets`, { method: 'POST', headers: world.bearer(clientId) })
const use = async (t: Asserts, { url }: { url: string }, ticket: string) =>
  (await contractFetch(t)(`${url}/notifications?wait=0&ticket=${ticket}`)).status

t.test('a ticket is sealed: good once at each instance that has the secret', async (t) => {
  const made = await make(t, before, 'alice')
  t.equal(made.status, 201)
  const { ticket, expiresIn } = made.json<{ ticket: string; expiresIn: number }>()
  t.equal(expiresIn, 30)
  t.notMatch(Buffer.from(ticket, 'base64url').toString('latin1'), /alice/, 'it does not say whose it is')
  t.equal(await use(t, before, ticket), 204)
  t.equal(await use(t, before, ticket), 401)
  t.equal(await use(t, during, ticket), 204)
  t.equal(await use(t, during, ticket), 401)
  t.equal(await use(t, without, ticket), 401)
  const { ticket: newer } = (await make(t, during, 'alice')).json<{ ticket: string }>()
  t.equal(await use(t, before, newer), 401, 'sealed with a secret that it does not have')
  t.equal(await use(t, during, newer), 204)
})

t.test('a stream is opened with it', async (t) => {
  const { ticket } = (await make(t, before, 'bob')).json<{ ticket: string }>()
  const events = await openEvents(t, `${before.url}/notifications?ticket=${ticket}`)
  t.match(await events.next(), { event: 'ready', data: { clientId: 'bob' } })
  const id = await world.publish(before, 'bob', 'hello')
  t.equal((await events.notification()).id, id)
})

t.test('a ticket is no callback URL, and a callback URL no ticket', async (t) => {
  const { ticket } = (await make(t, before, 'carol')).json<{ ticket: string }>()
  t.equal((await contractFetch(t)(`${before.url}/callback/${ticket}`, { method: 'POST', body: 'x' })).status, 404)
  const registered = await contractFetch(t)(`${before.url}/registrations`, {
    method: 'POST',
    headers: world.bearer('carol'),
  })
  const { callbackUrl } = registered.json<{ callbackUrl: string }>()
  t.equal(await use(t, before, callbackUrl.split('/').at(-1) ?? ''), 401)
})

t.test('without a secret there are no tickets', async (t) => {
  const refused = await make(t, without, 'dave')
  t.equal(refused.status, 501)
  t.match(refused.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /CALLBACK_SECRET/ })
})
