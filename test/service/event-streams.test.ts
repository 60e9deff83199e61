import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openEvents } from '../support/event-stream.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'

inEveryModeHere(t, async (t, world) => {
  const { sqs } = world
  const service = await world.service(t)

  t.test('a stream begins with ready, and says for how long it lasts', async (t) => {
    const events = await openEvents(t, `${service.url}/notifications`, world.bearer('alice'))
    t.match(events.headers, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'preference-applied': /^wait=3\d\d\d$/,
      'trace-id': /./,
      connection: 'close',
    })
    const ready = await events.next()
    t.match(ready, { event: 'ready', data: { clientId: 'alice' } })
    t.ok(ready.retry !== null && ready.retry >= 500 && ready.retry <= 2_500)
    const preferred = await world.events(t, service, 'preferred', '', { prefer: 'wait=1' })
    t.equal(preferred.headers['preference-applied'], 'wait=1')
    const wrong = await openEvents(t, `${service.url}/notifications`, { ...world.bearer('alice'), prefer: 'wait=soon' })
    t.equal(wrong.status, 400)
  })

  t.test('a client that accepts any content type gets JSON', async (t) => {
    for (const accept of ['*/*', 'application/json, text/event-stream;q=0.5', 'text/event-stream;q=0', 'text/*']) {
      t.equal((await world.poll(service, 'json', 'wait=0', { headers: { accept } })).status, 204, accept)
    }
    for (const accept of ['text/event-stream', 'TEXT/Event-Stream', 'application/json;q=0.9, text/event-stream, */*']) {
      const { status, text } = await world.poll(service, 'json', 'wait=0', { headers: { accept } })
      t.equal(status, 200, accept)
      t.match(text, /event: bye\ndata: \{"reason":"timed-out"\}\n\n$/)
    }
  })

  t.test('a reconnection with Last-Event-ID gets the later notifications', async (t) => {
    const before = await world.events(t, service, 'again', 'ack=next')
    for (const body of ['one', 'two']) await world.publish(service, 'again', body)
    const [first, second] = [await before.notification(), await before.notification()]
    before.hangUp()
    await before.over
    const after = await world.events(t, service, 'again', 'ack=next', { 'last-event-id': first.cursor })
    t.equal((await after.notification()).id, second.id)
    after.hangUp()
    const last = await world.events(t, service, 'again', `ack=next&cursor=${second.cursor}`, {
      'last-event-id': 'older',
    })
    const id = await world.publish(service, 'again', 'three')
    t.equal((await last.notification()).id, id, 'the cursor of the query takes precedence')
  })

  t.test('a stream gets the notifications stored for its client', async (t) => {
    const publish = async (body: string) => (await tasks(world).publish(service, { addressee: 'stored', body })).json()
    t.match(await publish('before'), { status: world.accepted.away })
    const events = await world.events(t, service, 'stored')
    t.equal((await events.notification()).body, 'before')
    t.match(await publish('meanwhile'), { status: world.accepted.connected })
    t.equal((await events.notification()).body, 'meanwhile')
  })

  t.test('a stream and a poll of the same client each get a notification', async (t) => {
    const events = await world.events(t, service, 'both')
    const held = world.poll(service, 'both')
    await until(async () => (await world.health(service)).heldPolls >= 2)
    const id = await world.publish(service, 'both', 'for both')
    t.equal((await events.notification()).id, id)
    t.equal((await held).notifications[0]?.id, id)
  })

  t.test('a large backlog arrives completely, as fast as it is acknowledged', async (t) => {
    await world.poll(service, 'backlog', 'wait=0')
    const queueUrl = await world.queueOf(service, 'backlog')
    const bodies = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(100_000)}`)
    for (const body of bodies) await sqs.send(queueUrl, body, { addressee: 'backlog', subject: 's' })
    await until(async () => (await sqs.count(queueUrl)).hidden >= 10)
    const events = await world.events(t, service, 'backlog', 'ack=next')
    const found = new Set<string>()
    while (found.size < bodies.length) {
      const { body, cursor } = await events.notification()
      found.add(body)
      if (found.size % 5 === 0) await world.acknowledge(service, 'backlog', { cursor })
    }
    t.same(found, new Set(bodies))
  })
})
