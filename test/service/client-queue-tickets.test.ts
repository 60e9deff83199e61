import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'

const world = withInstancesHere(await startClientQueueWorld(t))
const [oldSecret, newSecret] = ['the secret of all instances up to now', 'the secret of all instances from now']
const [before, during, without] = await Promise.all([
  world.service(t, { CALLBACK_SECRET: oldSecret }),
  world.service(t, { CALLBACK_SECRET: `${newSecret},${oldSecret}` }),
  world.service(t, { CALLBACK_SECRET: '' }),
])

const use = async (at: typeof before, ticket: string) =>
  (await world.ask(at, `/notifications?wait=0&ticket=${ticket}`)).status

t.test('a sealed ticket is valid once at each instance that has the secret', async (t) => {
  const ticket = await world.ticket(before, 'alice')
  t.notMatch(Buffer.from(ticket, 'base64url').toString('latin1'), /alice/, 'the ticket does not reveal its client')
  t.equal(await use(before, ticket), 204)
  t.equal(await use(before, ticket), 401)
  t.equal(await use(during, ticket), 204)
  t.equal(await use(during, ticket), 401)
  t.equal(await use(without, ticket), 401)
  const newer = await world.ticket(during, 'alice')
  t.equal(await use(before, newer), 401, 'a ticket sealed with a secret that the instance does not have')
  t.equal(await use(during, newer), 204)
})

t.test('a ticket is not valid as a callback id, nor a callback id as a ticket', async (t) => {
  const { call, callbackPath } = tasks(world)
  t.equal((await call(before, `/callback/${await world.ticket(before, 'carol')}`, 'x')).status, 404)
  t.equal(await use(before, (await callbackPath(before, 'carol')).split('/').at(-1) ?? ''), 401)
})

t.test('tickets are not available without a secret', async (t) => {
  const refused = await world.ask(without, '/tickets', { method: 'POST', headers: world.bearer('dave') })
  t.equal(refused.status, 501)
  t.match(refused.json(), { error: 'ERROR_NOT_IMPLEMENTED', message: /CALLBACK_SECRET/ })
})
