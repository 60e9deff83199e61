import { randomUUID } from 'node:crypto'
import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { tasks } from '../support/tasks.ts'
import { bodiesOf } from '../support/world.ts'

const world = await startClientQueueWorld(t)
const { register, callbackPath, call } = tasks(world)
const secret = 'a secret of at least thirty-two characters'
const [service, without] = await Promise.all([
  world.service(t, { CALLBACK_SECRET: secret }),
  world.service(t, { CALLBACK_SECRET: '' }),
])

t.test('a callback URL contains its client, sealed, and is not listed', async (t) => {
  const path = await callbackPath(service, 'alice')
  t.notMatch(
    Buffer.from(path.split('/').at(-1) ?? '', 'base64url').toString('latin1'),
    /alice/,
    'readable only with the secret',
  )
  const listed = await world.ask(service, '/registrations', { headers: world.bearer('alice') })
  t.same(listed.json(), { registrations: [] })
})

t.test('operations that need storage answer 501 with the reason', async (t) => {
  const counted = await register(service, 'erin', { maxUses: 3 })
  t.equal(counted.status, 501)
  t.match(counted.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /maxUses/ })
  const headers = world.bearer('erin')
  t.equal((await world.ask(service, `/registrations/${randomUUID()}`, { method: 'DELETE', headers })).status, 501)
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
