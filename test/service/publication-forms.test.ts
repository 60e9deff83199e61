import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'

inEveryModeHere(t, async (t, world) => {
  const service = await world.peer(t)

  const publish = (path: string, body: unknown, headers: Readonly<Record<string, string>>) =>
    world.ask(service, path, {
      method: 'POST',
      headers: { ...world.bearer('publisher', { scope: 'notifications:publish' }), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  t.test('the data of a publication reaches its client', async (t) => {
    const polled = world.next(service, 'data')
    const sent = '{"addressee":"data","subject":"order.shipped","data":{ "order": 42.0 }}'
    t.equal((await publish('/notifications', sent, { 'content-type': 'application/json' })).status, 202)
    t.match((await polled).notifications, [{ body: '{"order":42.0}', contentType: 'application/json' }])
  })

  t.test('a CloudEvent reaches its client with the moment at which it was sent', async (t) => {
    const polled = world.next(service, 'event')
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/orders',
      type: 'order.shipped',
      addressee: 'event',
      time: '2026-11-21T20:15:03.120Z',
      data_base64: 'AP8=',
    }
    const headers = { 'content-type': 'application/cloudevents+json' }
    t.equal((await publish('/notifications', event, headers)).status, 202)
    const expected = { subject: 'order.shipped', body: 'AP8=', encoding: 'base64', sentAt: event.time }
    t.match((await polled).notifications, [expected])
    t.match((await publish('/notifications', event, headers)).json(), { duplicate: true })
  })

  t.test('a batch reaches each of its clients, and a bad entry harms none', async (t) => {
    const clients = ['one', 'two']
    const polled = clients.map((client) => world.next(service, client))
    const notifications = ['one', '', 'two'].map((addressee) => ({ addressee, subject: 's', body: `for ${addressee}` }))
    const answer = await publish('/notifications/batch', { notifications }, { 'content-type': 'application/json' })
    t.match(answer.json(), { results: [{ httpStatus: 202 }, { httpStatus: 400 }, { httpStatus: 202 }] })
    for (const [i, { notifications }] of (await Promise.all(polled)).entries()) {
      t.match(notifications, [{ body: `for ${clients[i]}` }])
    }
  })
})
