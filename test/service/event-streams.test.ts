import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openEvents } from '../support/event-stream.ts'
import { inEveryMode } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import { idsOf, type Problem } from '../support/world.ts'

inEveryMode(t, async (t, world) => {
  const { sqs } = world
  const [service, brief] = await Promise.all([
    world.service(t),
    world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '4', SESSION_LINGER_SECONDS: '1', MAX_POLLS_PER_CLIENT: '2' }),
  ])

  t.test('a stream begins with ready, and carries one notification after the other', async (t) => {
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
    t.equal((await world.health(service)).heldPolls, 1, 'the stream counts as a poll')
    const ids = [await world.publish(service, 'alice', 'one'), await world.publish(service, 'alice', 'two\nlines')]
    const found = [await events.notification(), await events.notification()]
    t.same(found.map(({ id }) => id).sort(), ids.sort())
    t.same(found.map(({ body }) => body).sort(), ['one', 'two\nlines'])
    t.not(found[0]?.cursor, found[1]?.cursor)
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

  t.test('an event with ack=auto is acknowledged at the end of its grace', async (t) => {
    const events = await world.events(t, service, 'auto')
    const queueUrl = await world.queueOf(service, 'auto')
    await world.publish(service, 'auto', 'in its grace')
    await events.notification()
    t.equal((await sqs.count(queueUrl)).hidden >= 1, true, 'handed over is not delivered')
    await world.emptied(service, 'auto')
  })

  t.test('a cursor acknowledges an event with ack=next and all events before it', async (t) => {
    const events = await world.events(t, service, 'next', 'ack=next')
    for (const body of ['one', 'two', 'three']) await world.publish(service, 'next', body)
    const found = [await events.notification(), await events.notification(), await events.notification()]
    const acknowledged = await world.acknowledge(service, 'next', { cursor: found[1]?.cursor })
    t.same(acknowledged.json(), { acknowledged: 2, unknown: [] })
    events.hangUp()
    const left = await world.next(service, 'next', 'ack=next')
    t.same(idsOf(left), [found[2]?.id])
    await world.acknowledge(service, 'next', { ids: [found[2]?.id] })
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

  t.test('a notification that a stream did not acknowledge comes again when its lease expires', async (t) => {
    const events = await world.events(t, brief, 'lazy', 'ack=next')
    const id = await world.publish(brief, 'lazy', 'never acknowledged')
    t.equal((await events.notification()).id, id)
    const again = await events.notification()
    t.equal(again.id, id)
    await world.acknowledge(brief, 'lazy', { cursor: again.cursor })
  })

  t.test('a connection that is reset loses no notification', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications', { ...world.bearer('reset'), accept: 'text/event-stream' })
    await world.queueOf(service, 'reset')
    const arrived = new Promise<void>((resolve) => {
      connection.socket.on('data', (chunk) => {
        if (String(chunk).includes('is in its grace')) resolve()
      })
    })
    const id = await world.publish(service, 'reset', 'is in its grace')
    await arrived
    connection.reset()
    t.same(idsOf(await world.next(service, 'reset')), [id])
  })

  t.test('streams count as polls of their client', async (t) => {
    const streams = [await world.events(t, brief, 'many'), await world.events(t, brief, 'many')]
    const refused = await openEvents(t, `${brief.url}/notifications`, world.bearer('many'))
    t.equal(refused.status, 429)
    t.ok(refused.headers['retry-after'])
    t.equal((await world.poll(brief, 'many', 'wait=0')).status, 429)
    streams[0]?.hangUp()
    await until(async () => (await world.poll(brief, 'many', 'wait=0')).status === 204)
  })

  t.test('a refused stream is answered with an error like any other', async (t) => {
    const nobody = await openEvents(t, `${service.url}/notifications`)
    t.equal(nobody.status, 401)
    t.match(nobody.headers['www-authenticate'], /^Bearer/)
    const wrong = await world.poll(service, 'alice', 'wait=-1', { headers: { accept: 'text/event-stream' } })
    t.equal(wrong.status, 400)
    t.equal(wrong.json<Problem>().error, 'ERROR_INVALID_ARGUMENT')
    const preference = { accept: 'text/event-stream', prefer: 'wait=soon' }
    t.equal((await world.poll(service, 'alice', '', { headers: preference })).status, 400)
  })

  t.test('a stream ends with its token, and says bye', async (t) => {
    const exp = Math.floor(Date.now() / 1000) + 2
    const events = await world.events(t, service, 'brief', '', world.bearer('brief', { exp }))
    t.match(await events.next(), { event: 'bye', data: { reason: 'expired' } })
    t.ok(Date.now() / 1000 < exp)
    t.equal(await events.over, true, 'the response is complete')
  })

  t.test('a stream ends when its wait is over', async (t) => {
    const events = await world.events(t, service, 'short', 'wait=0.3')
    t.match(await events.next(), { event: 'bye', data: { reason: 'timed-out' } })
    const preferred = await world.events(t, service, 'short', '', { prefer: 'wait=1' })
    t.equal(preferred.headers['preference-applied'], 'wait=1')
  })

  t.test('a session lingers after a stream like after a poll', async (t) => {
    const events = await world.events(t, brief, 'gone')
    t.equal((await world.session(brief, 'gone')).online, true)
    events.hangUp()
    await until(async () => !(await world.session(brief, 'gone')).online)
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
    await world.holds(service, (await world.health(service)).heldPolls)
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
