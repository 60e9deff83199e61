import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'

inEveryModeHere(t, async (t, world) => {
  const service = await world.service(t, { SESSION_LINGER_SECONDS: '1' })
  const { instanceId } = await world.health(service)

  t.test('a sender can look up the instance and the queue of a client', async (t) => {
    const { clientId, mode, online, instanceId: nobodys } = await world.session(service, 'nobody')
    t.same({ clientId, mode, online, nobodys }, { clientId: 'nobody', mode: world.mode, online: false, nobodys: null })
    const held = world.poll(service, 'olga')
    await until(async () => (await world.session(service, 'olga')).online)
    const session = await world.session(service, 'olga')
    t.match(session, { clientId: 'olga', mode: world.mode, online: true, instanceId })
    t.equal(session.queueUrl, await world.queueOf(service, 'olga'))
    await world.publish(service, 'olga', 'found')
    t.match((await held).notifications, [{ body: 'found' }])
  })

  t.test('a client stays online between two polls, and is offline after the linger', async (t) => {
    t.equal((await world.poll(service, 'paul', 'wait=0')).status, 204)
    t.equal((await world.session(service, 'paul')).online, true)
    await until(async () => !(await world.session(service, 'paul')).online)
    t.equal((await world.session(service, 'paul')).instanceId, null)
    const held = world.poll(service, 'paul')
    await until(async () => (await world.session(service, 'paul')).online)
    await world.publish(service, 'paul', 'back again')
    t.match((await held).notifications, [{ body: 'back again' }])
  })

  t.test('a client id with any characters can be looked up, and reaches its own client', async (t) => {
    const names = ['jörg müller', 'karl/../leo', 'x-abc', 'h-abc', 'orders.fifo', 'a-dlq', 'Mia', 'mia', 'auth0|5f7c']
    const all = [...names, 'n'.repeat(500), '🦊']
    const held = all.map((name) => world.poll(service, name, 'wait=20'))
    await Promise.all(all.map((name, i) => world.publish(service, name, `for ${i}`)))
    for (const [i, poll] of held.entries()) {
      const name = all[i] ?? ''
      t.match((await poll).notifications, [{ addressee: name, body: `for ${i}` }], name.slice(0, 20))
      t.equal((await world.session(service, name)).clientId, name)
    }
  })
})
