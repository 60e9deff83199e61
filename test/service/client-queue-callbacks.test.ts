import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Accepted } from '../support/answers.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { bodiesOf } from '../support/world.ts'
import { publishMany } from './publish-many.ts'

const world = withInstancesHere(await startClientQueueWorld(t))
const { register, callbackPath, call, publish } = tasks(world)
const secret = 'a secret of at least thirty-two characters'
const [service, without] = await Promise.all([
  world.service(t, { CALLBACK_SECRET: secret }),
  world.service(t, { CALLBACK_SECRET: '' }),
])

t.test('a callback URL contains its client, sealed', async (t) => {
  const path = await callbackPath(service, 'alice')
  t.notMatch(
    Buffer.from(path.split('/').at(-1) ?? '', 'base64url').toString('latin1'),
    /alice/,
    'readable only with the secret',
  )
})

t.test('operations that need storage answer 501 with the reason', async (t) => {
  const counted = await register(service, 'erin', { maxUses: 3 })
  t.equal(counted.status, 501)
  t.match(counted.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /maxUses/ })
  const headers = world.bearer('erin')
  const revoked = await world.ask(service, `/registrations/${randomUUID()}`, { method: 'DELETE', headers })
  t.equal(revoked.status, 501)
  for (const instance of [service, without]) {
    const listed = await world.ask(instance, '/registrations', { headers })
    t.equal(listed.status, 501, 'a list without the registrations that there are would be untrue')
    t.match(listed.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /^Registrations / })
  }
})

t.test('registrations and callbacks are not available without a secret', async (t) => {
  const refused = await register(without, 'fred')
  t.equal(refused.status, 501)
  t.match(refused.json(), { message: /CALLBACK_SECRET/ })
  t.equal((await call(without, await callbackPath(service, 'fred'), 'x')).status, 404)
})

t.test('a secret can be rotated: callback URLs of the previous secret are valid while it is configured', async (t) => {
  const newer = 'a newer secret of at least thirty-two characters'
  const renewed = await world.service(t, { CALLBACK_SECRET: `${newer},${secret}` })
  t.equal((await call(renewed, await callbackPath(service, 'gina'), 'crossed')).status, 202)
  t.same(bodiesOf(await world.next(service, 'gina')), ['crossed'])
  t.equal(
    (await call(service, await callbackPath(renewed, 'gina'), 'x')).status,
    404,
    'an instance without the new secret does not know the URL',
  )
})

/** The answers of eight requests that are sent at once. */
async function eightTimes(ask: () => ReturnType<typeof call>) {
  const answers = await Promise.all(Array.from({ length: 8 }, ask))
  const accepted = answers.map((answer) => answer.json<Accepted>())
  return {
    accepted: answers.filter(({ status }) => status === 202).length,
    ids: new Set(accepted.map(({ id }) => id)).size,
    stored: accepted.filter(({ duplicate }) => !duplicate).length,
  }
}

t.test('requests with one key that come at once are stored once', async (t) => {
  const path = await callbackPath(service, 'henry')
  const once = { accepted: 8, ids: 1, stored: 1 }
  t.same(await eightTimes(() => call(service, path, 'called', { 'idempotency-key': 'job-17' })), once)
  t.same(await eightTimes(() => publish(service, { addressee: 'henry', id: 'order-42', body: 'published' })), once)
  const bodies: string[] = []
  while (bodies.length < 2) bodies.push(...bodiesOf(await world.poll(service, 'henry', 'wait=20')))
  t.same(bodies.sort(), ['called', 'published'])
  t.equal((await world.poll(service, 'henry', 'wait=1')).status, 204, 'there is no second copy')
})

t.test('a key is remembered, however many keys others use', async (t) => {
  const path = await callbackPath(service, 'ida')
  const key = { 'idempotency-key': 'of ida' }
  t.match((await call(service, path, 'x', key)).json(), { duplicate: false })
  await publishMany(t, world, service, 'jack', 100)
  t.match((await call(service, path, 'x', key)).json(), { duplicate: true })
})
