import t from 'tap'
import { type Answer, startWorld } from '../support/world.ts'

interface Registered {
  readonly id: string
  readonly callbackUrl: string
}

const json = { 'content-type': 'application/json' }

t.test('callbacks and publications reach their client at whichever instance it is', async (t) => {
  const world = await startWorld(t)
  const [a, b] = await Promise.all([world.peer(t), world.peer(t)])

  async function register(clientId: string, asked: object = {}): Promise<Registered> {
    const response = await world.ask(a, '/registrations', {
      method: 'POST',
      headers: { ...world.bearer(clientId), ...json },
      body: JSON.stringify(asked),
    })
    t.equal(response.status, 201)
    return response.json() as Registered
  }
  const callBack = (url: string, body: string, headers: Record<string, string> = {}) =>
    world.ask({ url: new URL(url).origin }, new URL(url).pathname, { method: 'POST', body, headers })
  const at = (service: { url: string }, { callbackUrl }: Registered) => `${service.url}${new URL(callbackUrl).pathname}`
  const notificationsOf = (response: { text: string }) => (JSON.parse(response.text) as Answer).notifications

  await t.test('at the instance that took it, within the held poll', async (t) => {
    const url = at(a, await register('alice', { subject: 'report.done', correlationId: 'job-17' }))
    const held = world.poll(a, 'alice')
    await world.holds(a, 1)
    const accepted = await callBack(url, '{"rows":3}', json)
    t.match(accepted.json(), { status: 'live', duplicate: false })
    t.match(notificationsOf(await held), [
      { addressee: 'alice', subject: 'report.done', body: '{"rows":3}', correlationId: 'job-17', deliveryCount: 1 },
    ])
  })

  await t.test('across instances, by the relay', async (t) => {
    const registered = await register('bob')
    const held = world.poll(b, 'bob')
    await world.holds(b, 1)
    t.match((await callBack(at(a, registered), 'done')).json(), { status: 'live' })
    t.match(notificationsOf(await held), [{ addressee: 'bob', subject: 'callback', body: 'done' }])
  })

  await t.test('when the client comes later, at any instance, and once', async (t) => {
    const registered = await register('carol')
    t.match((await callBack(at(a, registered), 'early')).json(), { status: 'pending' })
    t.match(notificationsOf(await world.poll(b, 'carol', 'wait=10&ack=next')), [{ body: 'early' }])
    const again = JSON.parse((await world.poll(a, 'carol', 'wait=10&ack=next')).text) as Answer
    t.match(again.notifications, [{ body: 'early' }], 'it moved with its client, since it was not acknowledged')
    t.equal((await world.poll(b, 'carol', `wait=1&ack=next&cursor=${again.cursor}`)).status, 204)
  })

  await t.test('a publication is stored under its id, and a repeat is a duplicate', async (t) => {
    const publish = (addressee: string) =>
      world.ask(a, '/notifications', {
        method: 'POST',
        headers: { ...world.bearer('shop', { scope: 'notifications:publish' }), ...json },
        body: JSON.stringify({ addressee, subject: 'order.shipped', body: 'on its way', id: 'order-42' }),
      })
    t.match((await publish('dave')).json(), { id: 'order-42', status: 'pending', duplicate: false })
    t.match((await publish('dave')).json(), { id: 'order-42', duplicate: true })
    t.match(notificationsOf(await world.poll(b, 'dave')), [{ id: 'order-42', body: 'on its way' }])
  })

  await t.test('a callback outlives the instance that took it', async (t) => {
    const registered = await register('erin')
    t.match((await callBack(at(a, registered), 'kept')).json(), { status: 'pending' })
    a.signal('SIGKILL')
    await a.ended
    t.match(notificationsOf(await world.poll(b, 'erin')), [{ body: 'kept' }])
  })
})
